package org.godwit.savestate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.api.savestate.StateReader;

/** One reader whose bytes come piece by piece. Used by the test's thread. */
final class SharedReader implements StateReader {
  private StateReader in;

  void of(StateReader next) {
    in = next;
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
  public void bytes(MemorySegment into, long offset, long length) throws IOException {
    in.bytes(into, offset, length);
  }

  @Override
  public int some(MemorySegment into, long offset, int length) throws IOException {
    return in.some(into, offset, length);
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
  public boolean waitForMore() throws IOException {
    return in.waitForMore();
  }

  @Override
  public void skip(long length) throws IOException {
    in.skip(length);
  }

  @Override
  public long position() {
    return in.position();
  }
}
