package org.godwit.coordinator;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** The end of everything that runs, awaited under one limit. Belongs to the thread that stops. */
final class Farewell {
  private final TimeSource time;
  private int left;

  Farewell(TimeSource time) {
    this.time = time;
  }

  /**
   * Waits until all have ended.
   *
   * @param outcomes of what runs; they end side by side
   * @param nanos longest wait for all of them together
   */
  void await(List<? extends CompletionStage<?>> outcomes, long nanos) throws InterruptedException {
    long end = time.nanoTime() + nanos;
    begin(outcomes.size());
    outcomes.forEach(outcome -> outcome.whenComplete((_, _) -> ended()));
    rest(end);
  }

  private synchronized void begin(int count) {
    left = count;
  }

  private synchronized void ended() {
    left--;
    notifyAll();
  }

  private synchronized void rest(long end) throws InterruptedException {
    long rest = end - time.nanoTime();
    while (left > 0 && rest > 0) {
      time.pause(this, rest);
      rest = end - time.nanoTime();
    }
  }
}
