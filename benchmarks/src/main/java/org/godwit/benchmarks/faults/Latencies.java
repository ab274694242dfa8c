package org.godwit.benchmarks.faults;

import java.util.Arrays;
import java.util.Locale;

/**
 * What faults took.
 *
 * @param p50 nanoseconds, half of all took no longer
 * @param p99 of hundred one took longer
 * @param p999 of thousand one took longer
 * @param maximum the longest
 * @param perSecond faults served in a second, all threads together
 */
record Latencies(double p50, double p99, double p999, double maximum, double perSecond) {
  private static final double NANOS_PER_MICRO = 1000;

  static Latencies of(long[] ticks, double nanosPerTick, double seconds) {
    Arrays.sort(ticks);
    int count = ticks.length;
    return new Latencies(
        ticks[count / 2] * nanosPerTick,
        ticks[(int) (count * 99L / 100)] * nanosPerTick,
        ticks[(int) (count * 999L / 1000)] * nanosPerTick,
        ticks[count - 1] * nanosPerTick,
        count / seconds);
  }

  /** The form in which both handlers print their figures. */
  static Latencies parse(String line) {
    double[] values =
        Arrays.stream(line.trim().split(" ")).mapToDouble(Double::parseDouble).toArray();
    return new Latencies(values[0], values[1], values[2], values[3], values[4]);
  }

  String line() {
    return String.format(
        Locale.ROOT, "%.0f %.0f %.0f %.0f %.0f", p50, p99, p999, maximum, perSecond);
  }

  String row(String title) {
    return String.format(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.1f | %.1f | %.0f |",
        title,
        p50 / NANOS_PER_MICRO,
        p99 / NANOS_PER_MICRO,
        p999 / NANOS_PER_MICRO,
        maximum / NANOS_PER_MICRO,
        perSecond);
  }
}
