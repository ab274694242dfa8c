package org.godwit.coordinator;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Finds a peer that neither sends nor takes anything while bytes are due.
 *
 * <p>The threads that use the channel say when they wait and what has moved; the watchdog's thread
 * alone asks {@link #stalled}.
 */
final class StallWatch {
  /** A peer that moves at least so many bytes within the time allowed is slow but alive. */
  static final long PROGRESS = 1024;

  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong moved = new AtomicLong();
  private long windowStart;
  private long windowMoved = -1;

  void begin() {
    waiting.incrementAndGet();
  }

  void end(long bytes) {
    waiting.decrementAndGet();
    moved.addAndGet(bytes);
  }

  /**
   * Looks whether time is up.
   *
   * @param now monotonic nanoseconds
   * @param timeoutNanos time allowed; 0 is no limit
   */
  boolean stalled(long now, long timeoutNanos) {
    long bytes = moved.get();
    boolean idle = waiting.get() == 0;
    if (timeoutNanos == 0 || idle || windowMoved < 0 || bytes - windowMoved >= PROGRESS) {
      windowStart = now;
      windowMoved = bytes;
      return false;
    }
    return now - windowStart >= timeoutNanos;
  }
}
