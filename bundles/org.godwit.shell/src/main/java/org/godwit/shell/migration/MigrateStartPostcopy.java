package org.godwit.shell.migration;

import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code migrate-start-postcopy}. */
@Command(
    name = "migrate-start-postcopy",
    description =
        "Let the guest run at the destination now; its memory follows (capability postcopy-ram).")
final class MigrateStartPostcopy extends ShellCommand {
  private final MigrationService engine;

  @Parameters(arity = "0..1", paramLabel = "MACHINE", description = "Whose, if there are several.")
  private String machine = "";

  MigrateStartPostcopy(MigrationService engine) {
    this.engine = engine;
  }

  @Override
  public void run() throws Exception {
    new CurrentMigration(engine).running(machine).startPostcopy();
  }
}
