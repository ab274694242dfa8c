package org.godwit.shell.migration;

import java.io.IOException;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.machine.HeldMachine;
import org.godwit.shell.machine.Machines;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code migrate-incoming}. */
@Command(
    name = "migrate-incoming",
    description = "Let an empty machine wait for its guest at a URI.")
final class MigrateIncoming extends ShellCommand {
  private final MigrationService engine;
  private final Machines machines;
  private final SessionSettings session;

  @Parameters(index = "0", paramLabel = "MACHINE", description = "Name of an empty machine.")
  private String name = "";

  @Parameters(
      index = "1",
      paramLabel = "URI",
      description = "Where to listen; port 0 takes a free one, which is told.")
  private String uri = "";

  @Option(
      names = {"-w", "--wait"},
      description = "Show progress and wait for the guest.")
  private boolean wait;

  @Option(
      names = {"-S", "--stopped"},
      description = "Leave the guest stopped when it has arrived.")
  private boolean stopped;

  @Mixin private SettingsOptions settings = new SettingsOptions();

  MigrateIncoming(MigrationService engine, Machines machines, SessionSettings session) {
    this.engine = engine;
    this.machines = machines;
    this.session = session;
  }

  @Override
  public void run() throws Exception {
    HeldMachine held = machines.get(name);
    Settings applied = settings.apply(session.current());
    Migration migration = listen(held, applied);
    held.receiving(migration);
    if (json() && !wait) {
      print(QueryMigrate.of(migration));
    } else if (!json()) {
      say("Machine %s waits for a guest at %s".formatted(name, migration.endpoint()));
    }
    if (wait) {
      await(migration);
    }
  }

  private Migration listen(HeldMachine held, Settings applied)
      throws CommandFailure, MigrationException {
    IncomingMachine empty = held.takeEmpty();
    try {
      return engine.incoming(empty, uri, applied, !stopped);
    } catch (MigrationException | RuntimeException e) {
      held.prepareAgain(); // the engine has discarded the one it got
      throw e;
    }
  }

  private void await(Migration migration) throws CommandFailure, InterruptedException, IOException {
    MigrationOutcome outcome;
    try (var _ = migration.listen(new FailedAttempts(terminal().err(), false))) {
      outcome = MigrationView.follow(migration, terminal().progress());
    }
    if (json()) {
      print(QueryMigrate.of(migration));
    }
    MigrationView.requireCompleted(outcome);
    if (!json()) {
      MigrationView.report(migration.direction(), outcome).print(terminal().out());
    }
  }
}
