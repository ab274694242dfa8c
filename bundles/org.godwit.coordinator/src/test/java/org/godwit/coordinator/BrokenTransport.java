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

/** A transport with a bug: one of its calls throws what no caller expects. */
record BrokenTransport(Transport inner, Where where) implements Transport {
  /** The call that throws. */
  enum Where {
    REFUSAL,
    CONNECT,
    READ,
    CLOSE
  }

  private void fail(Where here) {
    if (here == where) {
      throw new IllegalStateException("broken by a test in " + here);
    }
  }

  @Override
  public String scheme() {
    return inner.scheme();
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    fail(Where.REFUSAL);
    return inner.refusal(endpoint, options, role);
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    if (where == Where.CONNECT) {
      throw new AssertionError("broken by a test in CONNECT");
    }
    return new Broken(inner.connect(peer, options));
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
        return new Broken(server.accept());
      }

      @Override
      public void close() {
        server.close();
        fail(Where.CLOSE);
      }
    };
  }

  private final class Broken implements Channel {
    private final Channel channel;

    Broken(Channel channel) {
      this.channel = channel;
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
    public void write(GatherList pieces) throws TransportException {
      channel.write(pieces);
    }

    @Override
    public int read(MemorySegment into, long offset, long length) throws TransportException {
      fail(Where.READ);
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
      fail(Where.CLOSE);
    }
  }
}
