package org.godwit.machine.mapped;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.godwit.api.machine.DirtyLog;

/**
 * What a guest program writes into a page: 512 words of 64 bits (little-endian), the first from the
 * page's number and a key, each next one {@link #STEP} more. The key stands for the seed and the
 * round, so that an old copy of a page is told from the right one.
 */
public final class PageContent {
  /** What the page's number is multiplied with. */
  public static final long FACTOR = 0x9e37_79b9_7f4a_7c15L;

  /** What each word is more than the one before; odd, so that no word repeats within a page. */
  public static final long STEP = 0xbf58_476d_1ce4_e5b9L;

  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

  private PageContent() {}

  /**
   * The first word of a page.
   *
   * @param key key of the round
   * @param page number of the page
   * @return its first 64 bits
   */
  public static long first(long key, long page) {
    return (FACTOR * page) ^ key;
  }

  /**
   * Compares words of a page with what was written.
   *
   * @param memory memory that holds the page
   * @param offset where the page begins
   * @param first the page's first word
   * @param from first word to compare, 0 to 512
   * @param to end of the words to compare
   * @return index of the first wrong word, or {@code to}
   */
  public static int compare(MemorySegment memory, long offset, long first, int from, int to) {
    long expected = first + from * STEP;
    for (int word = from; word < to; word++) {
      if (memory.get(WORD, offset + word * 8L) != expected) {
        return word;
      }
      expected += STEP;
    }
    return to;
  }

  /**
   * Whether a page holds zeros only.
   *
   * @param memory memory that holds the page
   * @param offset where the page begins
   * @return true if so
   */
  public static boolean zero(MemorySegment memory, long offset) {
    long end = offset + DirtyLog.PAGE_SIZE;
    return MemorySegment.mismatch(memory, offset, end, ZERO, 0, DirtyLog.PAGE_SIZE) < 0;
  }

  private static final MemorySegment ZERO =
      MemorySegment.ofArray(new byte[DirtyLog.PAGE_SIZE]).asReadOnly();

  /**
   * A word of a page, for messages.
   *
   * @param memory memory that holds the page
   * @param offset where the page begins
   * @param index which word
   * @return its value
   */
  public static long word(MemorySegment memory, long offset, int index) {
    return memory.get(WORD, offset + index * 8L);
  }

  /**
   * Mixes a number so that near ones are far apart (the finalizer of SplitMix64).
   *
   * @param value any number
   * @return a bijective image of it
   */
  public static long mix(long value) {
    long a = (value ^ (value >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    long b = (a ^ (a >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return b ^ (b >>> 31);
  }
}
