package org.godwit.machine.mapped;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLongArray;
import org.godwit.api.machine.DirtyLog;

/**
 * Marks of pages written, one bit for each {@link DirtyLog#PAGE_SIZE} bytes, for writers that the
 * kernel's log does not see.
 *
 * <p>Thread-safe. A writer marks <em>after</em> it wrote: a mark taken before the write would be
 * sent with the old content and then be lost.
 */
public final class PageMarks {
  private final AtomicLongArray words;

  /** Switched by the thread that logs, read by writers. */
  private volatile boolean on;

  PageMarks(long bytes) {
    long pages = bytes / DirtyLog.PAGE_SIZE;
    words = new AtomicLongArray((int) ((pages + Long.SIZE - 1) / Long.SIZE));
  }

  /** Begins marking; earlier marks are gone. */
  public void start() {
    for (int i = 0; i < words.length(); i++) {
      words.set(i, 0);
    }
    on = true;
  }

  /** Ends marking. */
  public void stop() {
    on = false;
  }

  /**
   * Marks a range that was just written.
   *
   * @param offset first byte
   * @param length bytes, more than 0
   */
  public void mark(long offset, long length) {
    if (!on) {
      return;
    }
    long last = (offset + length - 1) / DirtyLog.PAGE_SIZE;
    for (long page = offset / DirtyLog.PAGE_SIZE; page <= last; page++) {
      words.getAndAccumulate((int) (page >> 6), 1L << page, (old, bit) -> old | bit);
    }
  }

  /**
   * Takes the marks and ORs them into a bitmap.
   *
   * @param bitmap 64-bit words, least significant bit first
   * @return bits that were clear in the bitmap and are set now
   */
  public long take(MemorySegment bitmap) {
    long added = 0;
    for (int i = 0; i < words.length(); i++) {
      if (words.get(i) != 0) {
        added += merge(bitmap, i, words.getAndSet(i, 0));
      }
    }
    return added;
  }

  /**
   * ORs one word into a bitmap.
   *
   * @param bitmap 64-bit words
   * @param index which word
   * @param bits what to set
   * @return bits that were clear and are set now
   */
  public static long merge(MemorySegment bitmap, long index, long bits) {
    long at = index * Long.BYTES;
    long old = bitmap.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    bitmap.set(ValueLayout.JAVA_LONG_UNALIGNED, at, old | bits);
    return Long.bitCount(bits & ~old);
  }
}
