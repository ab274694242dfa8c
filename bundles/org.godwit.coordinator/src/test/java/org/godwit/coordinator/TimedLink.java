package org.godwit.coordinator;

import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;

/** A link of a certain bandwidth: every write takes its time on the test's clock. */
final class TimedLink extends ForwardingTransport {
  private final ManualTime time;
  private final long bytesPerSecond;

  TimedLink(Transport inner, ManualTime time, long bytesPerSecond) {
    super(inner);
    this.time = time;
    this.bytesPerSecond = bytesPerSecond;
  }

  @Override
  public boolean reconnectable() {
    return false;
  }

  @Override
  Channel connected(Channel channel) {
    return new Timed(channel);
  }

  private final class Timed extends ForwardingChannel {
    Timed(Channel channel) {
      super(channel);
    }

    @Override
    public void write(GatherList pieces) throws TransportException {
      time.advance(pieces.bytes() * 1_000_000_000L / bytesPerSecond);
      inner.write(pieces);
    }
  }
}
