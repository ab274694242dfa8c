package org.godwit.coordinator;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.StateException;
import org.godwit.api.userfault.UserfaultBackend;

/**
 * What the save-state handlers of one incoming migration may know.
 *
 * @param machine what is received
 * @param current settings at the moment
 * @param counters counters to keep
 * @param awaited whether the source waits for an answer
 * @param provisions finds what traps absent pages
 */
record TargetContext(
    IncomingMachine machine,
    Supplier<Settings> current,
    RamCounters counters,
    BooleanSupplier awaited,
    Provisions provisions)
    implements IncomingContext {
  @Override
  public boolean sourceAwaitsAnswer() {
    return awaited.getAsBoolean();
  }

  @Override
  public Settings settings() {
    return current.get();
  }

  @Override
  public UserfaultBackend userfault(List<GuestMemory> memory) throws StateException {
    return provisions.userfault(memory);
  }
}
