package org.godwit.coordinator;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.RamCounters;

/**
 * What the save-state handlers of one incoming migration may know.
 *
 * @param machine what is received
 * @param current settings at the moment
 * @param counters counters to keep
 * @param awaited whether the source waits for an answer
 */
record TargetContext(
    IncomingMachine machine,
    Supplier<Settings> current,
    RamCounters counters,
    BooleanSupplier awaited)
    implements IncomingContext {
  @Override
  public boolean sourceAwaitsAnswer() {
    return awaited.getAsBoolean();
  }

  @Override
  public Settings settings() {
    return current.get();
  }
}
