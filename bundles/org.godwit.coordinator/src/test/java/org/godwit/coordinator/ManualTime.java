package org.godwit.coordinator;

/** A clock that goes when a test says so, and by what is waited. Thread-safe. */
final class ManualTime implements TimeSource {
  private long now;

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  synchronized void advance(long nanos) {
    now += nanos;
  }

  @Override
  public void pause(Object monitor, long nanos) throws InterruptedException {
    advance(nanos);
  }
}
