package org.godwit.wire.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Counts records in staging memory that go on with the next pages of one block, as nearly all of a
 * stream does.
 *
 * <p>A call looks at a few records only: a method that is called often is compiled long before one
 * that loops for long, and a guest of zeros is over before the latter happens.
 */
final class StagedRun {
  /** Bytes of a page record without a name, the page excluded. */
  static final int HEAD = 8;

  /** Bytes of a zero page record without a name. */
  static final int ZERO = HEAD + 1;

  private static final int AT_ONCE = 32;
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private StagedRun() {}

  /**
   * Counts zero page records in a row.
   *
   * @param memory staging memory
   * @param at where the first may begin
   * @param word what it begins with, if it goes on
   * @param pageSize what each further one has more
   * @param most how many may follow
   */
  static int zeros(MemorySegment memory, long at, long word, int pageSize, int most) {
    int count = 0;
    int found = AT_ONCE;
    while (found == AT_ONCE && count < most) {
      int limit = Math.min(AT_ONCE, most - count);
      found =
          someZeros(
              memory, at + (long) count * ZERO, word + (long) count * pageSize, pageSize, limit);
      count += found;
    }
    return count;
  }

  private static int someZeros(MemorySegment memory, long at, long word, int pageSize, int limit) {
    int count = 0;
    while (count < limit
        && memory.get(BE64, at) == word
        && memory.get(ValueLayout.JAVA_BYTE, at + HEAD) == 0) {
      at += ZERO;
      word += pageSize;
      count++;
    }
    return count;
  }

  /**
   * Counts full page records in a row.
   *
   * @param memory staging memory
   * @param at where the head of the first may begin
   * @param word what it begins with, if it goes on
   * @param pageSize what each further one has more
   * @param most how many may follow
   */
  static int pages(MemorySegment memory, long at, long word, int pageSize, int most) {
    int count = 0;
    while (count < most && memory.get(BE64, at) == word) {
      at += HEAD + pageSize;
      word += pageSize;
      count++;
    }
    return count;
  }
}
