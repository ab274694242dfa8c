package org.godwit.coordinator;

import java.lang.foreign.MemorySegment;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;

/** A channel that does what another one does, for tests that want a part of it to be different. */
class ForwardingChannel implements Channel {
  final Channel inner;

  ForwardingChannel(Channel inner) {
    this.inner = inner;
  }

  @Override
  public boolean bidirectional() {
    return inner.bidirectional();
  }

  @Override
  public String peer() {
    return inner.peer();
  }

  @Override
  public void write(GatherList pieces) throws TransportException {
    inner.write(pieces);
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    return inner.read(into, offset, length);
  }

  @Override
  public void preferLatency() throws TransportException {
    inner.preferLatency();
  }

  @Override
  public void endOutput() throws TransportException {
    inner.endOutput();
  }

  @Override
  public void abort(String why) {
    inner.abort(why);
  }

  @Override
  public void close() {
    inner.close();
  }
}
