package org.godwit.machine.kvm;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Holds one vCPU to its share of the plan's rate. Used by the vCPU's thread alone. */
final class Pace {
  private static final double NANOS_PER_SECOND = 1e9;

  private final double nanosPerStep;
  private final long begin = System.nanoTime();
  private long steps;

  Pace(KvmPlan plan) {
    double perVcpu = (double) plan.pagesPerSecond() / plan.vcpus();
    nanosPerStep = plan.pagesPerSecond() == 0 ? 0 : plan.pacePages() / perVcpu * NANOS_PER_SECOND;
  }

  /** The guest has written the pages of one step. */
  void reached() {
    steps++;
  }

  /** Waits until the next step is due or the supplier says to stop. */
  void hold(BooleanSupplier stopping) {
    long due = begin + (long) (steps * nanosPerStep);
    long left = due - System.nanoTime();
    while (nanosPerStep > 0 && left > 0 && !stopping.getAsBoolean()) {
      LockSupport.parkNanos(this, left);
      left = due - System.nanoTime();
    }
  }
}
