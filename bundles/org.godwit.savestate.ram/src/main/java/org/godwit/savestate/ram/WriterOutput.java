package org.godwit.savestate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.api.savestate.StateWriter;
import org.godwit.wire.WireOutput;

/** Lets the codec write into a section body. Belongs to the sending thread. */
final class WriterOutput implements WireOutput {
  private final StateWriter out;

  WriterOutput(StateWriter out) {
    this.out = out;
  }

  @Override
  public void u8(int value) throws IOException {
    out.u8(value);
  }

  @Override
  public void be16(int value) throws IOException {
    out.be16(value);
  }

  @Override
  public void be32(long value) throws IOException {
    out.be32(value);
  }

  @Override
  public void be64(long value) throws IOException {
    out.be64(value);
  }

  @Override
  public void countedString(String value) throws IOException {
    out.countedString(value);
  }

  @Override
  public void bytes(MemorySegment from, long offset, long length) throws IOException {
    out.bytes(from, offset, length);
  }

  @Override
  public void reference(MemorySegment from, long offset, long length) throws IOException {
    out.reference(from, offset, length);
  }

  @Override
  public long position() {
    return out.position();
  }
}
