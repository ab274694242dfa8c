package org.godwit.coordinator;

import java.util.List;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.userfault.UserfaultBackend;

/** What an incoming migration needs of the engine after its start. Thread-safe. */
interface Provisions {
  /** Waits for a source that continues. */
  ChannelServer listen(String uri, Settings settings) throws MigrationException;

  /** What can trap absent pages of this memory. */
  UserfaultBackend userfault(List<GuestMemory> memory) throws StateException;
}
