package org.godwit.coordinator;

import java.util.concurrent.atomic.AtomicLong;

/** The clock of this machine, which jumps ahead when a test says so. Thread-safe. */
final class ShiftedTime implements TimeSource {
  private final AtomicLong shift = new AtomicLong();

  void advance(long nanos) {
    shift.addAndGet(nanos);
  }

  @Override
  public long nanoTime() {
    return TimeSource.SYSTEM.nanoTime() + shift.get();
  }

  @Override
  public void pause(Object monitor, long nanos) throws InterruptedException {
    TimeSource.SYSTEM.pause(monitor, nanos);
  }
}
