package org.godwit.shell.migration;

import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code migrate-cancel}. */
@Command(
    name = "migrate-cancel",
    description =
        "Cancel a migration; its guest stays at the source. In postcopy the guest has left: while the"
            + " link is broken this gives it up, and at a destination it is lost.")
final class MigrateCancel extends ShellCommand {
  private final MigrationService engine;

  @Parameters(arity = "0..1", paramLabel = "MACHINE", description = "Whose, if there are several.")
  private String machine = "";

  MigrateCancel(MigrationService engine) {
    this.engine = engine;
  }

  @Override
  public void run() throws Exception {
    Migration migration = new CurrentMigration(engine).running(machine);
    migration.cancel();
    MigrationOutcome outcome = MigrationView.follow(migration, terminal().progress());
    if (json()) {
      print(QueryMigrate.of(migration));
    }
    if (outcome.status() == MigrationStatus.COMPLETED) {
      throw new CommandFailure("Too late: the guest of " + migration.machine() + " has left");
    }
  }
}
