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

  /**
   * Whether the source waits for an answer of this side at the end of the stream, so that the end
   * of the input does not show it.
   *
   * @return true once the return path is open; false is the default
   */
  default boolean sourceAwaitsAnswer() {
    return false;
  }
}
