package org.godwit.coordinator;

/** The clock of the engine; tests pass time by hand. Thread-safe. */
interface TimeSource {
  /** The clock of this machine. */
  TimeSource SYSTEM =
      new TimeSource() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // a pause that ends early is as good
        public void pause(Object monitor, long nanos) throws InterruptedException {
          monitor.wait(Math.max(1, nanos / 1_000_000));
        }
      };

  /** Monotonic time in nanoseconds from an arbitrary origin. */
  long nanoTime();

  /**
   * Waits on a monitor that the caller holds, until it is notified or time has passed.
   *
   * @param monitor what ends the wait early
   * @param nanos longest wait
   * @throws InterruptedException if the thread is interrupted
   */
  void pause(Object monitor, long nanos) throws InterruptedException;
}
