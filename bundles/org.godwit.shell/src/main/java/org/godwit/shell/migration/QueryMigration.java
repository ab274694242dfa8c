package org.godwit.shell.migration;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Optional;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.Sentences;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.text.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code query-migrate}. */
@Command(name = "query-migrate", description = "Tell how the last migration goes or went.")
final class QueryMigration extends ShellCommand {
  private final MigrationService engine;

  @Parameters(
      arity = "0..1",
      paramLabel = "MACHINE",
      description = "Whose; the last of any machine if none is named.")
  private String machine = "";

  QueryMigration(MigrationService engine) {
    this.engine = engine;
  }

  @Override
  public void run() throws Exception {
    Optional<Migration> migration = new CurrentMigration(engine).last(machine);
    if (migration.isEmpty() && !machine.isEmpty()) {
      throw new CommandFailure("No migration of a machine \"" + machine + "\" is known");
    }
    if (json()) {
      print(migration.map(QueryMigrate::of).orElseGet(JsonNodeFactory.instance::objectNode));
    } else if (migration.isEmpty()) {
      say("No migration yet");
    } else {
      show(migration.get());
    }
  }

  private void show(Migration migration) {
    MigrationOutcome look =
        KnownOutcome.of(migration)
            .orElseGet(
                () ->
                    new MigrationOutcome(
                        migration.status(),
                        migration.guest(),
                        Optional.empty(),
                        migration.statistics(),
                        Optional.empty()));
    Table table = MigrationView.report(migration.direction(), look);
    table.row("machine", migration.machine());
    table.row("direction", QueryMigrate.direction(migration));
    table.row("endpoint", migration.endpoint());
    look.error().ifPresent(error -> table.row("error", Sentences.of(error)));
    table.print(terminal().out());
  }
}
