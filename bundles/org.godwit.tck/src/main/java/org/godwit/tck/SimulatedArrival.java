package org.godwit.tck;

import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.RamCounters;

/**
 * An incoming migration without an engine.
 *
 * @param machine what arrives
 * @param settings capabilities and parameters
 * @param counters counters to look at afterwards
 */
public record SimulatedArrival(IncomingMachine machine, Settings settings, RamCounters counters)
    implements IncomingContext {

  /**
   * A migration with default settings.
   *
   * @param machine what arrives
   */
  public SimulatedArrival(IncomingMachine machine) {
    this(machine, Settings.defaults(), new RamCounters());
  }
}
