package org.godwit.tck;

import java.util.concurrent.atomic.AtomicLong;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.RamCounters;

/**
 * An outgoing migration without an engine: time stands still until the test moves it.
 *
 * @param machine what leaves
 * @param settings capabilities and parameters
 * @param counters counters to look at afterwards
 * @param nanos the time
 */
public record SimulatedOutgoing(
    Machine machine, Settings settings, RamCounters counters, AtomicLong nanos)
    implements OutgoingContext {

  /**
   * A migration with default settings.
   *
   * @param machine what leaves
   */
  public SimulatedOutgoing(Machine machine) {
    this(machine, Settings.defaults(), new RamCounters(), new AtomicLong());
  }

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  @Override
  public RunState runStateAtSwitchover() {
    return RunState.RUNNING;
  }

  @Override
  public void passDone(long pass) {
    // nobody waits for passes
  }
}
