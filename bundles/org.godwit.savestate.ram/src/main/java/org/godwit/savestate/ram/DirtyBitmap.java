package org.godwit.savestate.ram;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One bit for each page of a block, in native memory: 64-bit words in host byte order, least
 * significant bit first. Walks by words, so empty stretches of a large guest cost next to nothing.
 * Not thread-safe.
 */
final class DirtyBitmap {
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfLong LITTLE_ENDIAN =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BITS = 6;
  private static final int MASK = 63;

  private final MemorySegment words;
  private final long pages;
  private final long wordCount;
  private long count;

  /**
   * All bits clear.
   *
   * @param pages number of pages, at least 1
   * @param arena decides how long the memory lives
   */
  DirtyBitmap(long pages, Arena arena) {
    this.pages = pages;
    this.wordCount = (pages + MASK) >>> BITS;
    this.words = arena.allocate(wordCount * Long.BYTES, Long.BYTES);
  }

  /** Sets every bit. */
  void setAll() {
    words.fill((byte) -1);
    int last = (int) (pages & MASK);
    if (last != 0) {
      words.setAtIndex(WORD, wordCount - 1, (1L << last) - 1);
    }
    count = pages;
  }

  /** The words, for a dirty log to set bits in; {@link #added} must follow. */
  MemorySegment words() {
    return words;
  }

  /** Somebody set so many bits in {@link #words()} that were clear. */
  void added(long bits) {
    count += bits;
  }

  /** Number of set bits. */
  long count() {
    return count;
  }

  /** Number of pages. */
  long pages() {
    return pages;
  }

  boolean get(long page) {
    return (words.getAtIndex(WORD, page >>> BITS) & bit(page)) != 0;
  }

  /** Sets a bit; false if it was set. */
  boolean set(long page) {
    long index = page >>> BITS;
    long word = words.getAtIndex(WORD, index);
    if ((word & bit(page)) != 0) {
      return false;
    }
    words.setAtIndex(WORD, index, word | bit(page));
    count++;
    return true;
  }

  /** Clears a bit; false if it was clear. */
  boolean clear(long page) {
    long index = page >>> BITS;
    long word = words.getAtIndex(WORD, index);
    if ((word & bit(page)) == 0) {
      return false;
    }
    words.setAtIndex(WORD, index, word & ~bit(page));
    count--;
    return true;
  }

  /**
   * Sets exactly the bits that are clear in another bitmap.
   *
   * @param bitmap bit i is (byte i/8, bit i%8); at least as many bytes as there are pages / 8
   */
  void setComplement(byte[] bitmap) {
    MemorySegment other = MemorySegment.ofArray(bitmap);
    count = 0;
    for (long index = 0; index < wordCount; index++) {
      long word = ~other.get(LITTLE_ENDIAN, index * Long.BYTES) & valid(index);
      words.setAtIndex(WORD, index, word);
      count += Long.bitCount(word);
    }
  }

  /** Clears every bit. */
  void clearAll() {
    words.fill((byte) 0);
    count = 0;
  }

  /** Sets exactly the bits that are clear in another bitmap of as many pages. */
  void setComplement(DirtyBitmap other) {
    count = 0;
    for (long index = 0; index < wordCount; index++) {
      put(index, ~other.words.getAtIndex(WORD, index) & valid(index));
    }
  }

  /** Sets the bits that are set in another bitmap of as many pages. */
  void add(DirtyBitmap other) {
    count = 0;
    for (long index = 0; index < wordCount; index++) {
      put(index, words.getAtIndex(WORD, index) | other.words.getAtIndex(WORD, index));
    }
  }

  /** Clears the bits that are set in another bitmap of as many pages. */
  void remove(DirtyBitmap other) {
    count = 0;
    for (long index = 0; index < wordCount; index++) {
      put(index, words.getAtIndex(WORD, index) & ~other.words.getAtIndex(WORD, index));
    }
  }

  /** How many bits are set here and in another bitmap of as many pages. */
  long common(DirtyBitmap other) {
    long sum = 0;
    for (long index = 0; index < wordCount; index++) {
      sum += Long.bitCount(words.getAtIndex(WORD, index) & other.words.getAtIndex(WORD, index));
    }
    return sum;
  }

  private void put(long index, long word) {
    words.setAtIndex(WORD, index, word);
    count += Long.bitCount(word);
  }

  private long valid(long index) {
    int last = (int) (pages & MASK);
    return index == wordCount - 1 && last != 0 ? (1L << last) - 1 : -1L;
  }

  /** The first clear bit from a page on, or the number of pages. */
  long nextClear(long from) {
    long index = from >>> BITS;
    long skip = -1L << (from & MASK);
    while (index < wordCount) {
      long clear = ~words.getAtIndex(WORD, index) & skip;
      if (clear != 0) {
        return Math.min(pages, (index << BITS) + Long.numberOfTrailingZeros(clear));
      }
      skip = -1L;
      index++;
    }
    return pages;
  }

  /** Bytes of a copy. */
  int bytes() {
    return (int) (wordCount * Long.BYTES);
  }

  /** Copies it: bit i is (byte i/8, bit i%8), padded to 8 bytes. */
  void copyTo(byte[] copy) {
    ByteBuffer into = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
    for (long index = 0; index < wordCount; index++) {
      into.putLong(words.getAtIndex(WORD, index));
    }
  }

  /** The first set bit from a page on, or -1. */
  long next(long from) {
    if (count == 0 || from >= pages) {
      return -1;
    }
    long index = from >>> BITS;
    long word = words.getAtIndex(WORD, index) & (-1L << (from & MASK));
    while (word == 0) {
      index++;
      if (index == wordCount) {
        return -1;
      }
      word = words.getAtIndex(WORD, index);
    }
    return (index << BITS) + Long.numberOfTrailingZeros(word);
  }

  /**
   * How many bits are set in a row.
   *
   * @param from a set bit
   * @param most where to stop counting
   */
  int run(long from, int most) {
    long limit = Math.min(most, pages - from);
    long length = 0;
    while (length < limit) {
      long page = from + length;
      int left = 64 - (int) (page & MASK);
      int ones = Long.numberOfTrailingZeros(~(words.getAtIndex(WORD, page >>> BITS) >>> page));
      length += Math.min(ones, left);
      if (ones < left) {
        break;
      }
    }
    return (int) Math.min(length, limit);
  }

  /** Sets bits in a row. */
  void setRun(long from, long length) {
    for (long page = from, end = from + length; page < end; page = (page | MASK) + 1) {
      long word = words.getAtIndex(WORD, page >>> BITS);
      long all = word | mask(page, end);
      count += Long.bitCount(all ^ word);
      words.setAtIndex(WORD, page >>> BITS, all);
    }
  }

  /** Clears bits in a row. */
  void clearRun(long from, long length) {
    for (long page = from, end = from + length; page < end; page = (page | MASK) + 1) {
      long word = words.getAtIndex(WORD, page >>> BITS);
      long rest = word & ~mask(page, end);
      count -= Long.bitCount(rest ^ word);
      words.setAtIndex(WORD, page >>> BITS, rest);
    }
  }

  /** The bits of a page's word from the page on that lie before the end. */
  private static long mask(long page, long end) {
    long above = -1L << page;
    long over = end - (page & ~(long) MASK);
    return over >= Long.SIZE ? above : above & ((1L << over) - 1);
  }

  private static long bit(long page) {
    return 1L << (page & MASK);
  }
}
