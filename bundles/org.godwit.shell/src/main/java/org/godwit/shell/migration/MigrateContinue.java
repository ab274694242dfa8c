package org.godwit.shell.migration;

import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code migrate-continue}. */
@Command(
    name = "migrate-continue",
    description = "Go on with a migration that waits in pre-switchover.")
final class MigrateContinue extends ShellCommand {
  private final MigrationService engine;

  @Parameters(arity = "0..1", paramLabel = "MACHINE", description = "Whose, if there are several.")
  private String machine = "";

  MigrateContinue(MigrationService engine) {
    this.engine = engine;
  }

  @Override
  public void run() throws Exception {
    new CurrentMigration(engine).running(machine).proceed();
  }
}
