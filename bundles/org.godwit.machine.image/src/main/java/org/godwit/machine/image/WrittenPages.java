package org.godwit.machine.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One bit for each 4096 bytes of a block: was it ever written with anything? Off the heap, so that
 * the heap does not grow with the guest. Not thread-safe.
 */
final class WrittenPages {
  private static final int SHIFT = 12;

  private final MemorySegment words;

  WrittenPages(long length, Arena arena) {
    long pages = (length + (1 << SHIFT) - 1) >> SHIFT;
    words = arena.allocate((pages + 63) / 64 * 8, 8);
  }

  /** Marks every page that the range touches. */
  void mark(long offset, long length) {
    long last = (offset + length - 1) >> SHIFT;
    for (long page = offset >> SHIFT; page <= last; page++) {
      set(page >> 6, word(page >> 6) | bit(page));
    }
  }

  /** Clears every page of a range of whole pages. */
  void clear(long offset, long length) {
    long last = (offset + length - 1) >> SHIFT;
    for (long page = offset >> SHIFT; page <= last; page++) {
      set(page >> 6, word(page >> 6) & ~bit(page));
    }
  }

  /** Whether any page of the range was written. */
  boolean any(long offset, long length) {
    long last = (offset + length - 1) >> SHIFT;
    for (long page = offset >> SHIFT; page <= last; page++) {
      long word = word(page >> 6);
      if ((word & bit(page)) != 0) {
        return true;
      }
      if (word == 0) {
        page |= 63;
      }
    }
    return false;
  }

  private static long bit(long page) {
    return 1L << (page & 63);
  }

  private long word(long index) {
    return words.get(ValueLayout.JAVA_LONG, index << 3);
  }

  private void set(long index, long value) {
    words.set(ValueLayout.JAVA_LONG, index << 3, value);
  }
}
