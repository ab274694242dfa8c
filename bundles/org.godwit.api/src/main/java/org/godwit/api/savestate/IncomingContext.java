package org.godwit.api.savestate;

import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.migration.Settings;
import org.osgi.annotation.versioning.ProviderType;

/** What save-state handlers may know of an incoming migration. */
@ProviderType
public interface IncomingContext {

  /**
   * The machine that is being received.
   *
   * @return the machine
   */
  IncomingMachine machine();

  /**
   * Capabilities and parameters.
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
}
