package org.godwit.wire.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Finds pages that are all zero, near the speed of memory. Stateless, allocates nothing. */
public final class ZeroPage {

  private static final int BLOCK = 4096;
  private static final MemorySegment ZEROES = MemorySegment.ofArray(new byte[BLOCK]).asReadOnly();

  private ZeroPage() {}

  /**
   * Tells whether all bytes of a range are 0.
   *
   * @param memory where to look
   * @param offset first byte
   * @param length number of bytes
   */
  public static boolean isZero(MemorySegment memory, long offset, int length) {
    // Most pages that are not zero show it in their first word, in the middle or at the end.
    if (length >= 8 && !plausible(memory, offset, length)) {
      return false;
    }
    long at = offset;
    long end = offset + length;
    while (at < end) {
      long step = Math.min(BLOCK, end - at);
      if (MemorySegment.mismatch(memory, at, at + step, ZEROES, 0, step) >= 0) {
        return false;
      }
      at += step;
    }
    return true;
  }

  private static boolean plausible(MemorySegment memory, long offset, int length) {
    return (memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset)
            | memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + (length - 8) / 2)
            | memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + length - 8))
        == 0;
  }
}
