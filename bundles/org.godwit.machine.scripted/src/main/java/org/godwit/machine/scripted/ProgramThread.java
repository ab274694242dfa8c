package org.godwit.machine.scripted;

import java.util.concurrent.locks.LockSupport;
import org.godwit.machine.mapped.OutputTail;
import org.jspecify.annotations.Nullable;

/**
 * One thread of a running guest: writes pages at the plan's rate; the first one also writes the
 * lines. A platform thread, mostly in native state; it ends within a page after {@link #stop()}.
 */
final class ProgramThread implements Runnable {
  /** Pages between two looks at the clock. */
  private static final long SLICE = 1024;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long IDLE_NANOS = 20 * NANOS_PER_MILLI;

  private final Program program;
  private final Walker walker;
  private final ProgramCode code;
  private final @Nullable OutputTail output;
  private final Thread thread;

  ProgramThread(
      String name, Program program, Walker walker, ProgramCode code, @Nullable OutputTail output) {
    this.program = program;
    this.walker = walker;
    this.code = code;
    this.output = output;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this);
  }

  void start() {
    walker.control().stop(false);
    thread.start();
  }

  void stop() {
    walker.control().stop(true);
    thread.interrupt(); // it may be parked, or wait for a page in Java
  }

  /** Waits for the end; returns whether it came in time. */
  boolean join(long millis) throws InterruptedException {
    thread.join(millis);
    return !thread.isAlive();
  }

  @Override
  public void run() {
    Plan plan = program.plan();
    double perNano = plan.pagesPerSecond() / NANOS_PER_SECOND / plan.threads();
    long begin = System.nanoTime();
    long base = walker.control().written();
    long nextLine = begin;
    while (!walker.control().stopped()) {
      long now = System.nanoTime();
      nextLine = writeLine(now, nextLine);
      long due = perNano == 0 ? SLICE : base + (long) ((now - begin) * perNano) - written();
      if (!plan.mode().walks() || due <= 0) {
        LockSupport.parkNanos(this, pause(now, nextLine, perNano));
      } else {
        walker.run(code, Math.min(due, SLICE));
      }
    }
  }

  private long written() {
    return walker.control().written();
  }

  private long writeLine(long now, long nextLine) {
    if (output == null || now < nextLine) {
      return nextLine;
    }
    output.write(program.line());
    return now + program.plan().lineMillis() * NANOS_PER_MILLI;
  }

  /** Until the next line or the next page is due, whichever comes first. */
  private long pause(long now, long nextLine, double perNano) {
    long untilLine = output == null ? IDLE_NANOS : nextLine - now;
    long untilPage = perNano == 0 ? IDLE_NANOS : (long) (1 / perNano) + 1;
    return Math.max(1, Math.min(IDLE_NANOS, Math.min(untilLine, untilPage)));
  }
}
