package org.godwit.tck;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An endless stream of bytes that looks random and that both ends of a test can compute.
 *
 * @param seed which stream
 */
public record SeededBytes(long seed) {

  /**
   * The byte at a position of the stream.
   *
   * @param position offset in the stream
   * @return the byte
   */
  public byte at(long position) {
    return (byte) (word(position >>> 3) >>> ((position & 7) * 8));
  }

  /**
   * Writes a range of the stream.
   *
   * @param into target
   * @param offset first byte in the target
   * @param length bytes
   * @param position offset of the range in the stream
   */
  public void fill(MemorySegment into, long offset, long length, long position) {
    for (long i = 0; i < length; i++) {
      into.set(ValueLayout.JAVA_BYTE, offset + i, at(position + i));
    }
  }

  /**
   * Compares a range of the stream.
   *
   * @param found what arrived
   * @param offset first byte
   * @param length bytes
   * @param position where in the stream it belongs
   * @throws AssertionError with the position of the first byte that differs
   */
  public void verify(MemorySegment found, long offset, long length, long position) {
    for (long i = 0; i < length; i++) {
      byte expected = at(position + i);
      byte actual = found.get(ValueLayout.JAVA_BYTE, offset + i);
      if (expected != actual) {
        throw new AssertionError(
            "Byte %d of stream %d is %02x, expected %02x"
                .formatted(position + i, seed, actual, expected));
      }
    }
  }

  private long word(long index) {
    long z = seed + (index + 1) * 0x9E37_79B9_7F4A_7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }
}
