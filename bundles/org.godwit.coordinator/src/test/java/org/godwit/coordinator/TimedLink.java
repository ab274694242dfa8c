package org.godwit.coordinator;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/** A link of a certain bandwidth: every write takes its time on the test's clock. */
record TimedLink(Transport inner, ManualTime time, long bytesPerSecond) implements Transport {
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
    return new Timed(inner.connect(peer, options));
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    return inner.listen(local, options);
  }

  private final class Timed implements Channel {
    private final Channel channel;

    Timed(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void write(GatherList pieces) throws TransportException {
      time.advance(pieces.bytes() * 1_000_000_000L / bytesPerSecond);
      channel.write(pieces);
    }

    @Override
    public boolean bidirectional() {
      return channel.bidirectional();
    }

    @Override
    public String peer() {
      return channel.peer();
    }

    @Override
    public int read(MemorySegment into, long offset, long length) throws TransportException {
      return channel.read(into, offset, length);
    }

    @Override
    public void endOutput() throws TransportException {
      channel.endOutput();
    }

    @Override
    public void abort(String why) {
      channel.abort(why);
    }

    @Override
    public void close() {
      channel.close();
    }
  }
}
