package org.godwit.coordinator;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;

/** A place to which connections come when a test says so. */
final class Comers implements ChannelServer {
  /** What happens next; an accept returns or throws it, or counts it down. */
  final BlockingQueue<Object> next = new LinkedBlockingQueue<>();

  final CountDownLatch closed = new CountDownLatch(1);

  @Override
  public Endpoint local() {
    return Endpoint.parse(Rig.URI);
  }

  @Override
  public Channel accept() throws TransportException {
    try {
      Object comer = next.take();
      while (comer instanceof CountDownLatch seen) {
        seen.countDown();
        comer = next.take();
      }
      return switch (comer) {
        case Channel channel -> channel;
        case TransportException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        default -> throw new AssertionError("an unknown comer");
      };
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    next.add(new TransportException(TransportException.Reason.ABORTED, "The place is closed."));
  }
}
