package org.godwit.transport.descriptor;

import java.time.Duration;

/**
 * A time that several steps share.
 *
 * @param endNanos value of {@link System#nanoTime()} at the end
 * @param bounded false if there is no end
 */
record Deadline(long endNanos, boolean bounded) {
  private static final Duration LEAST = Duration.ofNanos(1);

  /** Ends after that time; zero means never. */
  static Deadline after(Duration timeout) {
    return new Deadline(System.nanoTime() + timeout.toNanos(), !timeout.isZero());
  }

  /** What is left; zero if there is no end, the shortest time if it has passed. */
  Duration left() {
    if (!bounded) {
      return Duration.ZERO;
    }
    long nanos = endNanos - System.nanoTime();
    return nanos <= 0 ? LEAST : Duration.ofNanos(nanos);
  }
}
