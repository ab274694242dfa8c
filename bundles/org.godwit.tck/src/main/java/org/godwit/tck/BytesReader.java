package org.godwit.tck;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.godwit.api.savestate.StateReader;

/** A section body read from memory; an {@link EOFException} tells where it ended. One thread. */
public final class BytesReader implements StateReader {
  private static final int STAGING = 64 * 1024;

  private final MemorySegment bytes;
  private final long end;
  private long position;

  /**
   * Reads a body.
   *
   * @param bytes the body; copied to native memory, which the collector frees
   */
  public BytesReader(byte[] bytes) {
    this.bytes = java.lang.foreign.Arena.ofAuto().allocate(Math.max(1, bytes.length));
    this.bytes.asSlice(0, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    this.end = bytes.length;
  }

  /**
   * Bytes that were not consumed.
   *
   * @return count
   */
  public long remaining() {
    return end - position;
  }

  @Override
  public int u8() throws IOException {
    return (int) number(1);
  }

  @Override
  public int be16() throws IOException {
    return (int) number(2);
  }

  @Override
  public long be32() throws IOException {
    return number(4);
  }

  @Override
  public long be64() throws IOException {
    return number(8);
  }

  @Override
  public String countedString() throws IOException {
    long length = number(1);
    needed(length);
    byte[] text = bytes.asSlice(position, length).toArray(ValueLayout.JAVA_BYTE);
    position += length;
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void bytes(MemorySegment into, long offset, long length) throws IOException {
    needed(length);
    MemorySegment.copy(bytes, position, into, offset, length);
    position += length;
  }

  @Override
  public int some(MemorySegment into, long offset, int length) {
    int n = (int) Math.min(length, remaining());
    MemorySegment.copy(bytes, position, into, offset, n);
    position += n;
    return n == 0 ? -1 : n;
  }

  @Override
  public void require(int length) throws IOException {
    if (length > STAGING) {
      throw new IllegalArgumentException("At most " + STAGING + " bytes can be staged");
    }
    needed(length);
  }

  @Override
  public MemorySegment buffer() {
    return bytes;
  }

  @Override
  public long bufferOffset() {
    return position;
  }

  @Override
  public int available() {
    return (int) Math.min(STAGING, remaining());
  }

  @Override
  public boolean waitForMore() {
    return remaining() > 0;
  }

  @Override
  public void skip(long length) throws IOException {
    needed(length);
    position += length;
  }

  @Override
  public long position() {
    return position;
  }

  private long number(int length) throws IOException {
    needed(length);
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | (bytes.get(ValueLayout.JAVA_BYTE, position++) & 0xff);
    }
    return value;
  }

  private void needed(long length) throws IOException {
    if (length < 0 || length > remaining()) {
      throw new EOFException(
          "The input ends at byte %d; %d more bytes were wanted at %d"
              .formatted(end, length, position));
    }
  }
}
