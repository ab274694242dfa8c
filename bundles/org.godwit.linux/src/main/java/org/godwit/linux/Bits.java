package org.godwit.linux;

import java.lang.foreign.MemorySegment;

/** Sets runs of bits in 64-bit words, least significant bit first. */
final class Bits {
  private Bits() {}

  /** Sets bits [first, end) and returns how many were clear. */
  static long set(MemorySegment words, long first, long end) {
    long added = 0;
    long bit = first;
    while (bit < end) {
      long inWord = Math.min(end - bit, Long.SIZE - (bit & 63));
      long mask = (inWord == Long.SIZE ? -1L : (1L << inWord) - 1) << (bit & 63);
      long at = (bit >> 6) * Long.BYTES;
      long old = words.get(Calls.LONG, at);
      words.set(Calls.LONG, at, old | mask);
      added += Long.bitCount(mask & ~old);
      bit += inWord;
    }
    return added;
  }
}
