package org.godwit.wire.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.godwit.wire.WireException;

/**
 * XBZRLE, the difference between two versions of a page (stream-format 5). Stateless, allocates
 * nothing; safe for any thread that owns the memory it passes.
 */
public final class Xbzrle {

  /** Result of {@link #encode} when both versions are equal. */
  public static final int UNCHANGED = 0;

  /** Result of {@link #encode} when the encoding does not fit; send the page instead. */
  public static final int OVERFLOW = -1;

  private static final int LONGEST_RUN = 0x3FFF;

  private Xbzrle() {}

  /**
   * Encodes a page.
   *
   * @param old what the receiver has
   * @param oldOffset first byte of the old page
   * @param now the new page
   * @param nowOffset first byte of the new page
   * @param length page size, bytes
   * @param into where to write
   * @param intoOffset first byte to write
   * @param capacity most bytes to write
   * @return number of bytes written, {@link #UNCHANGED} or {@link #OVERFLOW}
   */
  public static int encode(
      MemorySegment old,
      long oldOffset,
      MemorySegment now,
      long nowOffset,
      int length,
      MemorySegment into,
      long intoOffset,
      int capacity) {
    int at = 0;
    int written = 0;
    while (at < length) {
      long same =
          MemorySegment.mismatch(
              old, oldOffset + at, oldOffset + length, now, nowOffset + at, nowOffset + length);
      if (same < 0) {
        break;
      }
      int start = at + (int) same;
      int end = endOfChange(old, oldOffset, now, nowOffset, start, length);
      int run = end - start;
      if (same > LONGEST_RUN || run > LONGEST_RUN) {
        return OVERFLOW;
      }
      int needed = lengthOf((int) same) + lengthOf(run) + run;
      if (needed > capacity - written) {
        return OVERFLOW;
      }
      long place = intoOffset + written;
      place = putNumber(into, place, (int) same);
      place = putNumber(into, place, run);
      MemorySegment.copy(now, nowOffset + start, into, place, run);
      written += needed;
      at = end;
    }
    return written;
  }

  private static int endOfChange(
      MemorySegment old, long oldOffset, MemorySegment now, long nowOffset, int from, int length) {
    int at = from;
    while (at < length
        && old.get(ValueLayout.JAVA_BYTE, oldOffset + at)
            != now.get(ValueLayout.JAVA_BYTE, nowOffset + at)) {
      at++;
    }
    return at;
  }

  private static int lengthOf(int number) {
    return number < 0x80 ? 1 : 2;
  }

  private static long putNumber(MemorySegment into, long offset, int number) {
    if (number < 0x80) {
      into.set(ValueLayout.JAVA_BYTE, offset, (byte) number);
      return offset + 1;
    }
    into.set(ValueLayout.JAVA_BYTE, offset, (byte) (number | 0x80));
    into.set(ValueLayout.JAVA_BYTE, offset + 1, (byte) (number >>> 7));
    return offset + 2;
  }

  /**
   * Decodes in place, onto the page as it was before. After an error the page's content is
   * undefined, but nothing outside it was touched.
   *
   * @param from encoded bytes
   * @param fromOffset first encoded byte
   * @param length number of encoded bytes
   * @param page the page
   * @param pageOffset first byte of the page
   * @param pageSize bytes
   * @param streamOffset stream offset of the first encoded byte, for the error
   * @return number of runs (pairs) decoded
   * @throws WireException of kind {@code XBZRLE} when the encoding breaks a rule
   */
  public static int decode(
      MemorySegment from,
      long fromOffset,
      int length,
      MemorySegment page,
      long pageOffset,
      int pageSize,
      long streamOffset)
      throws WireException {
    int at = 0;
    int target = 0;
    int runs = 0;
    while (at < length) {
      int unchanged = number(from, fromOffset, at, length, streamOffset);
      if (unchanged == 0 && runs > 0) {
        throw fault(streamOffset + at, "an empty unchanged run", "one only in the first pair");
      }
      at += encodedLength(from, fromOffset + at);
      target += unchanged;
      int changed = number(from, fromOffset, at, length, streamOffset);
      if (changed == 0) {
        throw fault(streamOffset + at, "an empty changed run", "at least one byte");
      }
      at += encodedLength(from, fromOffset + at);
      if (changed > length - at || changed > pageSize - target) {
        throw fault(
            streamOffset + at,
            "a changed run of " + changed + " bytes at page offset " + target,
            "at most " + Math.max(0, Math.min(length - at, pageSize - target)));
      }
      MemorySegment.copy(from, fromOffset + at, page, pageOffset + target, changed);
      at += changed;
      target += changed;
      runs++;
    }
    return runs;
  }

  private static int number(MemorySegment from, long base, int at, int length, long streamOffset)
      throws WireException {
    if (length - at < 2) {
      throw fault(
          streamOffset + at, (length - at) + " bytes where a run begins", "at least 2 bytes");
    }
    int low = from.get(ValueLayout.JAVA_BYTE, base + at);
    if (low >= 0) {
      return low;
    }
    int high = from.get(ValueLayout.JAVA_BYTE, base + at + 1);
    if (high < 0) {
      throw fault(streamOffset + at, "a run length of three bytes", "one or two bytes");
    }
    return (low & 0x7F) | (high << 7);
  }

  private static int encodedLength(MemorySegment from, long offset) {
    return from.get(ValueLayout.JAVA_BYTE, offset) >= 0 ? 1 : 2;
  }

  private static WireException fault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.XBZRLE, offset, found, allowed);
  }
}
