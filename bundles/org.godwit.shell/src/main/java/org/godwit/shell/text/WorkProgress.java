package org.godwit.shell.text;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Progress of work that counts bytes, in a number of threads. Draws ten times a second at the most.
 * Thread-safe.
 */
public final class WorkProgress implements AutoCloseable {
  private static final long INTERVAL_NANOS = 100_000_000;

  private final String phase;
  private final ProgressPrinter printer;
  private final LongSupplier clock;
  private final long began;
  private long next;
  private long most;
  private boolean closed;

  /**
   * Begins now.
   *
   * @param phase a word for the work
   * @param printer where it is shown
   */
  public WorkProgress(String phase, ProgressPrinter printer) {
    this(phase, printer, System::nanoTime);
  }

  /** With a clock of its own, in nanoseconds. */
  WorkProgress(String phase, ProgressPrinter printer, LongSupplier clock) {
    this.phase = phase;
    this.printer = printer;
    this.clock = clock;
    this.began = clock.getAsLong();
    this.next = began;
  }

  /** So many bytes of all are done; what another thread told before may be more. */
  public synchronized void advanced(long done, long total) {
    most = Math.max(most, done);
    long now = clock.getAsLong();
    if (closed || now - next < 0) {
      return;
    }
    next = now + INTERVAL_NANOS;
    double seconds = Math.max(1e-9, (now - began) / 1e9);
    String details =
        "%s of %s, %s".formatted(Units.bytes(most), Units.bytes(total), Units.rate(most / seconds));
    printer.show(
        new Progress(phase, (double) most / total, details, Duration.ofNanos(now - began)));
  }

  /** Takes the line away; nothing is shown any more. */
  @Override
  public synchronized void close() {
    closed = true;
    printer.clear();
  }
}
