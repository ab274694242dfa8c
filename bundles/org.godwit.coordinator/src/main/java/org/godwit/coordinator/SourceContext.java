package org.godwit.coordinator;

import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.RamCounters;

/** What the save-state handlers of one outgoing migration may know. */
final class SourceContext implements OutgoingContext {
  private final Machine machine;
  private final Supplier<Settings> settings;
  private final RamCounters counters;
  private final TimeSource time;
  private final LongConsumer passes;
  // volatile: set by the sending thread at the switchover, handlers may read it on another
  private volatile RunState runState;

  SourceContext(
      Machine machine,
      Supplier<Settings> settings,
      RamCounters counters,
      TimeSource time,
      LongConsumer passes) {
    this.machine = machine;
    this.settings = settings;
    this.counters = counters;
    this.time = time;
    this.passes = passes;
    this.runState = machine.runState();
  }

  /** Notes the run state at the switchover, before the guest is stopped. */
  RunState noteRunState() {
    runState = machine.runState();
    return runState;
  }

  @Override
  public Machine machine() {
    return machine;
  }

  @Override
  public Settings settings() {
    return settings.get();
  }

  @Override
  public RamCounters counters() {
    return counters;
  }

  @Override
  public long nanoTime() {
    return time.nanoTime();
  }

  @Override
  public RunState runStateAtSwitchover() {
    return runState;
  }

  @Override
  public void passDone(long pass) {
    passes.accept(pass);
  }
}
