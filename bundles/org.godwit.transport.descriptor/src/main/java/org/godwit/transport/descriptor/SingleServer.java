package org.godwit.transport.descriptor;

import java.util.concurrent.atomic.AtomicBoolean;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * A server whose only connection is there already: a file, a command's output, a descriptor. The
 * first {@link #accept()} hands it out, every other one fails.
 */
public final class SingleServer implements ChannelServer {
  private final Endpoint local;
  private final Channel channel;
  private final AtomicBoolean taken = new AtomicBoolean();

  /** Set by any thread at close, so that a later accept tells the right reason. */
  private volatile boolean closed;

  /**
   * Takes ownership of a channel until it is accepted.
   *
   * @param local where it leads
   * @param channel the channel
   */
  public SingleServer(Endpoint local, Channel channel) {
    this.local = local;
    this.channel = channel;
  }

  @Override
  public Endpoint local() {
    return local;
  }

  @Override
  public Channel accept() throws TransportException {
    if (taken.compareAndSet(false, true)) {
      return channel;
    }
    if (closed) {
      throw new TransportException(Reason.ABORTED, "Listening on " + local + " was ended");
    }
    throw new TransportException(
        Reason.IN_USE, "Cannot accept twice on " + local + ": it carries one stream");
  }

  @Override
  public void close() {
    closed = true;
    if (taken.compareAndSet(false, true)) {
      channel.close();
    }
  }
}
