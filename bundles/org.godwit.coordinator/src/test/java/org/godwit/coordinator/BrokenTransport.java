package org.godwit.coordinator;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/** A transport with a bug: one of its calls throws what no caller expects. */
final class BrokenTransport extends ForwardingTransport {
  /** The call that throws. */
  enum Where {
    REFUSAL,
    CONNECT,
    READ,
    CLOSE
  }

  private final Where where;

  BrokenTransport(Transport inner, Where where) {
    super(inner);
    this.where = where;
  }

  private void fail(Where here) {
    if (here == where) {
      throw new IllegalStateException("broken by a test in " + here);
    }
  }

  @Override
  public boolean reconnectable() {
    return false;
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    fail(Where.REFUSAL);
    return super.refusal(endpoint, options, role);
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    if (where == Where.CONNECT) {
      throw new AssertionError("broken by a test in CONNECT");
    }
    return super.connect(peer, options);
  }

  @Override
  Channel connected(Channel channel) {
    return new Broken(channel);
  }

  @Override
  Channel accepted(Channel channel) {
    return new Broken(channel);
  }

  @Override
  void serverClosed() {
    fail(Where.CLOSE);
  }

  private final class Broken extends ForwardingChannel {
    Broken(Channel channel) {
      super(channel);
    }

    @Override
    public int read(MemorySegment into, long offset, long length) throws TransportException {
      fail(Where.READ);
      return inner.read(into, offset, length);
    }

    @Override
    public void close() {
      inner.close();
      fail(Where.CLOSE);
    }
  }
}
