package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Waits for one descriptor or for its wake-up eventfd. */
final class Poll {
  static final int IN = 0x1;
  static final int OUT = 0x4;
  static final long FOREVER = Long.MAX_VALUE;

  /** {@code struct pollfd}: int fd, short events, short revents. */
  private static final long ENTRY = 8;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private static final ThreadLocal<MemorySegment> ENTRIES =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(2 * ENTRY, 8));

  private Poll() {}

  /**
   * Polls once; a signal counts as being ready, so that callers try again.
   *
   * @return more than 0 if either is ready, 0 after {@code nanos}, or {@code -errno}
   */
  static int await(int fd, int events, int wake, long nanos) {
    MemorySegment entries = ENTRIES.get();
    fill(entries, 0, fd, events);
    fill(entries, ENTRY, wake, IN);
    int result = FileCalls.poll(entries, 2, millis(nanos));
    return result == -Errno.EINTR ? 1 : result;
  }

  private static void fill(MemorySegment entries, long at, int fd, int events) {
    entries.set(Calls.INT, at, fd);
    entries.set(Calls.INT, at + Integer.BYTES, events);
  }

  /** Rounded up, so that a wait never ends before its deadline and spins. */
  private static int millis(long nanos) {
    if (nanos == FOREVER) {
      return -1;
    }
    return (int) Math.min(Integer.MAX_VALUE, (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
  }
}
