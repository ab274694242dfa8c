package org.godwit.shell.migration;

import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code migrate-pause}. */
@Command(
    name = "migrate-pause",
    description = "Break the link of a migration in postcopy; both halves are kept.")
final class MigratePause extends ShellCommand {
  private final MigrationService engine;

  @Parameters(arity = "0..1", paramLabel = "MACHINE", description = "Whose, if there are several.")
  private String machine = "";

  MigratePause(MigrationService engine) {
    this.engine = engine;
  }

  @Override
  public void run() throws Exception {
    new CurrentMigration(engine).running(machine).pause();
  }
}
