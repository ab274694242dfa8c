package org.godwit.savestate.devices;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.api.savestate.StateReader;
import org.godwit.wire.WireInput;

/** Lets the codec read from a section body. Belongs to the receiving thread. */
final class BodyInput implements WireInput {
  private final StateReader in;

  BodyInput(StateReader in) {
    this.in = in;
  }

  @Override
  public int u8() throws IOException {
    return in.u8();
  }

  @Override
  public int be16() throws IOException {
    return in.be16();
  }

  @Override
  public long be32() throws IOException {
    return in.be32();
  }

  @Override
  public long be64() throws IOException {
    return in.be64();
  }

  @Override
  public String countedString() throws IOException {
    return in.countedString();
  }

  @Override
  public long position() {
    return in.position();
  }

  @Override
  public void require(int length) throws IOException {
    in.require(length);
  }

  @Override
  public MemorySegment buffer() {
    return in.buffer();
  }

  @Override
  public long bufferOffset() {
    return in.bufferOffset();
  }

  @Override
  public int available() {
    return in.available();
  }

  @Override
  public void skip(long length) throws IOException {
    in.skip(length);
  }

  @Override
  public void copy(MemorySegment into, long offset, long length) throws IOException {
    in.bytes(into, offset, length);
  }

  @Override
  public boolean atEnd() {
    throw new UnsupportedOperationException("A section body does not end where the input ends.");
  }
}
