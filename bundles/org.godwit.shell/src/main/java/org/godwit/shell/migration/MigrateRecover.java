package org.godwit.shell.migration;

import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.transport.Endpoint;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code migrate-recover}. */
@Command(
    name = "migrate-recover",
    description = "Wait again for the source of a guest whose postcopy is paused.")
final class MigrateRecover extends ShellCommand {
  private final MigrationService engine;

  @Parameters(
      index = "0",
      paramLabel = "URI",
      description = "Where to listen; port 0 takes a free one, which is told.")
  private String uri = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "MACHINE",
      description = "Whose, if there are several.")
  private String machine = "";

  MigrateRecover(MigrationService engine) {
    this.engine = engine;
  }

  @Override
  public void run() throws Exception {
    Migration migration = new CurrentMigration(engine).running(machine);
    Endpoint endpoint = migration.recover(uri);
    if (json()) {
      print(QueryMigrate.of(migration).put("x-godwit-recover-endpoint", endpoint.toString()));
    } else {
      say("Machine %s waits for its source at %s".formatted(migration.machine(), endpoint));
    }
  }
}
