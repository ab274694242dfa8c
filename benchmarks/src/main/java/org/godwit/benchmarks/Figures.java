package org.godwit.benchmarks;

/**
 * What one migration cost.
 *
 * @param milliseconds from begin to proof of arrival, as the source tells it
 * @param bytes RAM bytes that the source sent
 * @param source the sending process
 * @param destination the receiving process
 */
record Figures(double milliseconds, long bytes, Side source, Side destination) {

  /**
   * What it cost one process.
   *
   * @param cpuSeconds processor time; for a Godwit command its start included
   * @param peakMebibytes greatest resident set, guest memory included
   */
  record Side(double cpuSeconds, long peakMebibytes) {}

  /** Guest bytes that arrived in a second, in GiB/s; zero pages count as sent. */
  double gibibytesPerSecond(long guestBytes) {
    return guestBytes / (milliseconds / 1000) / (1L << 30);
  }
}
