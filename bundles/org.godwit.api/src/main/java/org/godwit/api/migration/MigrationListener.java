package org.godwit.api.migration;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears what happens in a migration. Called by the migration's own thread, in order; must return
 * soon. Exceptions are logged and do not disturb the migration.
 */
@ConsumerType
public interface MigrationListener {

  /**
   * The status changed (QMP event {@code MIGRATION}).
   *
   * @param migration which
   * @param status new status
   */
  void statusChanged(Migration migration, MigrationStatus status);

  /**
   * A bitmap sync has ended (QMP event {@code MIGRATION_PASS}).
   *
   * @param migration which
   * @param pass number, from 1
   */
  void passDone(Migration migration, long pass);

  /**
   * A peer of an incoming migration failed or was refused, and the receiver waits for the next one.
   *
   * @param migration which
   * @param error what was wrong with that peer
   */
  default void attemptFailed(Migration migration, MigrationException error) {
    // a listener that does not care loses nothing: the migration goes on
  }
}
