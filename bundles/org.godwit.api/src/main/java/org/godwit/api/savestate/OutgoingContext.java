package org.godwit.api.savestate;

import org.godwit.api.machine.Machine;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Settings;
import org.osgi.annotation.versioning.ProviderType;

/** What save-state handlers may know of an outgoing migration. */
@ProviderType
public interface OutgoingContext {

  /**
   * The machine that leaves.
   *
   * @return the machine
   */
  Machine machine();

  /**
   * Capabilities and parameters; parameters may change while the migration runs.
   *
   * @return current settings
   */
  Settings settings();

  /**
   * Counters to keep.
   *
   * @return counters of this migration
   */
  RamCounters counters();

  /**
   * Monotonic time.
   *
   * @return nanoseconds from an arbitrary origin
   */
  long nanoTime();

  /**
   * Run state of the guest before the engine stopped it (what {@code globalstate} must say).
   *
   * @return run state at switchover
   */
  RunState runStateAtSwitchover();

  /**
   * Tells that a bitmap sync has ended ({@code MIGRATION_PASS}).
   *
   * @param pass number of the sync, from 1
   */
  void passDone(long pass);
}
