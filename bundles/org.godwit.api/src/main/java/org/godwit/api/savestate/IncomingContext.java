package org.godwit.api.savestate;

import java.util.List;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.migration.Settings;
import org.godwit.api.userfault.UserfaultBackend;
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
   * Finds what can trap absent pages.
   *
   * @param memory all of the memory that is to be trapped
   * @return the first backend that can
   * @throws StateException with fault ENVIRONMENT if there is none, with the reason of each; this
   *     is what the method does unless it is overridden
   */
  default UserfaultBackend userfault(List<GuestMemory> memory) throws StateException {
    throw new StateException(
        StateException.Fault.ENVIRONMENT,
        "No userfault backend is installed (org.godwit.userfault.*).");
  }

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
