package org.godwit.api.migration;

import java.util.List;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.osgi.annotation.versioning.ProviderType;

/** The door to the engine; one service in a container. Thread-safe. */
@ProviderType
public interface MigrationService {

  /**
   * Starts an outgoing migration. Returns when settings, transport and machine were checked; the
   * rest happens on the migration's own threads.
   *
   * @param machine what goes; at most one migration at a time
   * @param uri where to, for example {@code tcp:127.0.0.1:4444}
   * @param settings capabilities and parameters
   * @return the migration, in status setup or later
   * @throws MigrationException with fault REQUEST if it cannot be started
   */
  Migration migrate(Machine machine, String uri, Settings settings) throws MigrationException;

  /**
   * Begins to wait for a guest. Returns when the endpoint listens.
   *
   * @param machine what will receive; belongs to the migration from now on, until it is committed
   * @param uri where to listen; port 0 takes a free one, see {@link Migration#endpoint()}
   * @param settings capabilities and parameters
   * @param start whether the guest may be started when it has arrived and ran at the source
   * @return the migration, in status setup
   * @throws MigrationException with fault REQUEST or ENVIRONMENT if it cannot listen; the machine
   *     is discarded
   */
  Migration incoming(IncomingMachine machine, String uri, Settings settings, boolean start)
      throws MigrationException;

  /**
   * Checks settings against what is installed, without starting anything.
   *
   * @param settings capabilities and parameters
   * @param side for which side
   * @throws MigrationException with fault REQUEST and a sentence if they cannot be used
   */
  void check(Settings settings, CapabilityRule.Side side) throws MigrationException;

  /**
   * Migrations of this container, ended ones included (the last 64).
   *
   * @return in order of start
   */
  List<Migration> migrations();
}
