package org.godwit.coordinator;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.api.savestate.DeviceLoader;

/**
 * Starts and stops the guest that an incoming migration brings. Thread-safe: in postcopy the thread
 * of the package starts it, and whoever finds its trap gone stops it.
 */
final class GuestSwitch {
  private static final long STOP_MILLIS = 2000;

  private final Job job;
  private final DeviceLoader devices;
  private final boolean mayStart;
  // volatile: set by whoever finds the trap gone, read by those who start the guest
  private volatile boolean heldBack;

  /**
   * A guest that has not arrived.
   *
   * @param job the migration
   * @param devices tell whether it ran at the source
   * @param mayStart whether it may be started here
   */
  GuestSwitch(Job job, DeviceLoader devices, boolean mayStart) {
    this.job = job;
    this.devices = devices;
    this.mayStart = mayStart;
  }

  /** Whether the guest is to run here. */
  boolean wanted() {
    return mayStart && devices.sourceRunState() == RunState.RUNNING;
  }

  /** Starts the guest if it is to run. */
  void start(Machine arrived) throws MachineException {
    if (!wanted()) {
      return;
    }
    try {
      arrived.start();
    } catch (RuntimeException | Error e) {
      // unlike after a refusal, a part of it may run
      var _ = stop(arrived);
      throw e;
    }
  }

  /** Starts a guest whose absent pages are trapped, unless the trap is gone. */
  void startTrapped(Machine arrived) throws MachineException {
    if (!heldBack) {
      start(arrived);
    }
    // again: whoever found the trap gone meanwhile may have stopped the guest before it started
    if (heldBack) {
      var _ = stop(arrived);
    }
  }

  /** The trap is gone: the guest must not run before all of its memory is here. */
  void holdBack() {
    heldBack = true;
  }

  /** All of its memory is here: a guest that was held back runs from now on. */
  void letGo(Machine arrived) throws MachineException {
    if (heldBack) {
      start(arrived);
    }
  }

  /** Whether it has stopped. */
  boolean stop(Machine stopping) {
    try {
      stopping.stop(RunState.PAUSED);
      return true;
    } catch (MachineException | RuntimeException | Error e) {
      job.note("The guest does not stop", e);
      return false;
    }
  }

  /** Whether it has stopped for certain; not waited for without end. */
  boolean stopWithin(Machine stopping) {
    FutureTask<Boolean> task = new FutureTask<>(() -> stop(stopping));
    try {
      var _ = Thread.ofPlatform().daemon().start(task);
      return task.get(STOP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException | RuntimeException | Error e) {
      job.note("The guest does not stop in time", e);
      return false;
    }
  }
}
