package org.godwit.example.gzip;

import java.util.concurrent.atomic.AtomicBoolean;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/** A file as a server: its one stream is the first connection, and there is no second. */
final class OneStream implements ChannelServer {
  private final Endpoint local;
  private final Channel stream;
  private final AtomicBoolean taken = new AtomicBoolean();

  OneStream(Endpoint local, Channel stream) {
    this.local = local;
    this.stream = stream;
  }

  @Override
  public Endpoint local() {
    return local;
  }

  @Override
  public Channel accept() throws TransportException {
    if (taken.compareAndSet(false, true)) {
      return stream;
    }
    throw new TransportException(Reason.IN_USE, "Cannot accept twice on " + local);
  }

  @Override
  public void close() {
    if (taken.compareAndSet(false, true)) {
      stream.close();
    }
  }
}
