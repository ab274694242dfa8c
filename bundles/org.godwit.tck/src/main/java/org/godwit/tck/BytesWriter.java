package org.godwit.tck;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.godwit.api.savestate.StateWriter;

/**
 * A section body that is collected in the heap. Texts keep their bytes (one character each), as the
 * engine's do. Used by one thread.
 */
public final class BytesWriter implements StateWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long flushed;

  /** Creates an empty body. */
  public BytesWriter() {}

  /**
   * What was written so far.
   *
   * @return a copy
   */
  public byte[] toByteArray() {
    return bytes.toByteArray();
  }

  @Override
  public void u8(int value) {
    bytes.write(value);
  }

  @Override
  public void be16(int value) {
    number(value, 2);
  }

  @Override
  public void be32(long value) {
    number(value, 4);
  }

  @Override
  public void be64(long value) {
    number(value, 8);
  }

  @Override
  public void countedString(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.ISO_8859_1);
    if (encoded.length > 255) {
      throw new IllegalArgumentException("Text of " + encoded.length + " bytes, at most 255");
    }
    u8(encoded.length);
    bytes.writeBytes(encoded);
  }

  @Override
  public void bytes(MemorySegment from, long offset, long length) {
    bytes.writeBytes(from.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void reference(MemorySegment from, long offset, long length) {
    bytes(from, offset, length);
  }

  /**
   * What was handed on by {@link #flush()}.
   *
   * @return bytes from the begin on
   */
  public long flushed() {
    return flushed;
  }

  @Override
  public void flush() {
    flushed = bytes.size();
  }

  @Override
  public long position() {
    return bytes.size();
  }

  private void number(long value, int length) {
    for (int shift = (length - 1) * 8; shift >= 0; shift -= 8) {
      bytes.write((int) (value >>> shift));
    }
  }
}
