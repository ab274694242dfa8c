package org.godwit.inspect;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tells how far a large recording is read: a line every three seconds, the first after two. Used by
 * the thread that reads.
 */
final class ReadProgress {

  /** Tells nothing. */
  static final ReadProgress NONE = new ReadProgress(line -> {}, () -> 0);

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(2);
  private static final long INTERVAL = TimeUnit.SECONDS.toNanos(3);
  private static final long MIB = 1 << 20;

  private final Lines lines;
  private final LongSupplier clock;
  private final long began;
  private long next;

  /** Where a line goes. */
  @FunctionalInterface
  interface Lines {
    void say(String line);
  }

  /** With a clock in nanoseconds. */
  ReadProgress(Lines lines, LongSupplier clock) {
    this.lines = lines;
    this.clock = clock;
    this.began = clock.getAsLong();
    this.next = began + PATIENCE;
  }

  static ReadProgress on(PrintStream err) {
    return new ReadProgress(
        line -> {
          err.println(line);
          err.flush();
        },
        System::nanoTime);
  }

  /** So many bytes of a file, or of memory, are done. */
  void at(String work, long done, long total) {
    long now = clock.getAsLong();
    if (now - next < 0) {
      return;
    }
    next = now + INTERVAL;
    lines.say(
        "%d s  %s %d%%  %d MiB of %d MiB"
            .formatted(
                TimeUnit.NANOSECONDS.toSeconds(now - began),
                work,
                total == 0 ? 100 : Math.min(100, 100 * done / total),
                done / MIB,
                total / MIB));
  }
}
