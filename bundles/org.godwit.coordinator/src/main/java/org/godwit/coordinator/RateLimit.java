package org.godwit.coordinator;

import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;

/**
 * Budget and measurement of 100 ms periods (precopy engine, section 3). Told time and position;
 * knows no clock. Belongs to the sending thread.
 */
final class RateLimit {
  /** Length of a period in nanoseconds. */
  static final long PERIOD = 100_000_000L;

  private static final long PERIODS_PER_SECOND = 10;
  private static final double NANOS_PER_MILLI = 1e6;

  /**
   * What a period showed.
   *
   * @param bytes bytes sent in it
   * @param nanos its length
   */
  record Measured(long bytes, long nanos) {
    /** Bytes per millisecond. */
    double bandwidth() {
      return bytes / (nanos / NANOS_PER_MILLI);
    }

    /** 10^6 bit per second. */
    double megabits() {
      return bytes * 8e3 / nanos;
    }
  }

  private long periodStart;
  private long startPosition;
  private long budget;

  /**
   * Begins a period.
   *
   * @param limit which bandwidth is allowed, 0 for any
   */
  void begin(long now, long position, Settings settings, Parameter limit) {
    periodStart = now;
    startPosition = position;
    budget = settings.number(limit) / PERIODS_PER_SECOND;
  }

  /** Whether the bytes of this period are used up. */
  boolean exhausted(long position) {
    return budget > 0 && position - startPosition >= budget;
  }

  /** Nanoseconds to the end of the period; 0 or less if it is over. */
  long rest(long now) {
    return periodStart + PERIOD - now;
  }

  /** The period up to now. */
  Measured measure(long now, long position) {
    return new Measured(position - startPosition, Math.max(1, now - periodStart));
  }

  /**
   * Bytes that may be sent while the guest is stopped.
   *
   * @param bandwidth measured bytes per millisecond, 0 if not known yet
   * @param settings downtime limit, and a bandwidth to assume instead
   */
  static long threshold(double bandwidth, Settings settings) {
    long assumed = settings.number(Parameter.AVAIL_SWITCHOVER_BANDWIDTH);
    double used = assumed == 0 ? bandwidth : assumed / 1000.0;
    return (long) (used * settings.number(Parameter.DOWNTIME_LIMIT));
  }
}
