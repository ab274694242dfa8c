package org.godwit.shell.migration;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.CommandFailure;

/**
 * Finds the migration that a command without further words means: as in a QEMU process there is
 * usually one.
 */
final class CurrentMigration {
  private final MigrationService engine;

  CurrentMigration(MigrationService engine) {
    this.engine = engine;
  }

  /** The last migration, of a machine if one is named. */
  Optional<Migration> last(String machine) {
    return matching(machine, m -> true).stream().reduce((first, second) -> second);
  }

  /**
   * The only migration under way, of a machine if one is named.
   *
   * @throws CommandFailure if there is none, or more than one to choose from
   */
  Migration running(String machine) throws CommandFailure {
    List<Migration> running = matching(machine, m -> !m.status().isFinal());
    if (running.isEmpty()) {
      throw new CommandFailure(
          "No migration is under way" + (machine.isEmpty() ? "" : " for machine " + machine));
    }
    if (running.size() > 1) {
      throw new CommandFailure(
          "There are %d migrations under way; name the machine: %s"
              .formatted(running.size(), running.stream().map(Migration::machine).toList()));
    }
    return running.getFirst();
  }

  private List<Migration> matching(String machine, Predicate<Migration> wanted) {
    return engine.migrations().stream()
        .filter(m -> machine.isEmpty() || m.machine().equals(machine))
        .filter(wanted)
        .toList();
  }
}
