package org.godwit.tck;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/**
 * A transport whose channels fail at chosen bytes, without clocks and without chance. Every channel
 * that it connects or accepts gets all the faults, each counted from that channel's first byte.
 *
 * <p>Thread-safe as the transport it wraps. Wrap one end of a connection only: a cut reaches the
 * other end through the wrapped transport.
 */
public final class FaultyTransport implements Transport {
  private final Transport inner;
  private final List<FaultPoint> faults;
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch reached = new CountDownLatch(1);

  /**
   * Wraps a transport.
   *
   * @param inner what really moves the bytes
   * @param faults what goes wrong; at most one for each direction
   */
  public FaultyTransport(Transport inner, FaultPoint... faults) {
    this.inner = inner;
    this.faults = List.of(faults);
  }

  /** Lets everything that stalls, now and later, go on. */
  public void release() {
    released.countDown();
  }

  /**
   * Waits until some channel has reached a fault.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public void awaitFault() throws InterruptedException {
    reached.await();
  }

  /**
   * Wraps a single channel.
   *
   * @param channel the channel
   * @param options its options; the timeout bounds stalls
   * @return the same channel with the faults
   */
  public Channel wrap(Channel channel, TransportOptions options) {
    FaultyChannel.Stall stall = new FaultyChannel.Stall(released, reached, options.ioTimeout());
    return new FaultyChannel(channel, faults, stall);
  }

  @Override
  public String scheme() {
    return inner.scheme();
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    return inner.refusal(endpoint, options, role);
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    return wrap(inner.connect(peer, options), options);
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    ChannelServer server = inner.listen(local, options);
    return new ChannelServer() {
      @Override
      public Endpoint local() {
        return server.local();
      }

      @Override
      public Channel accept() throws TransportException {
        return wrap(server.accept(), options);
      }

      @Override
      public void close() {
        server.close();
      }
    };
  }
}
