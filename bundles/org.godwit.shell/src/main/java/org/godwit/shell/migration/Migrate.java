package org.godwit.shell.migration;

import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.machine.HeldMachine;
import org.godwit.shell.machine.Machines;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code migrate}. */
@Command(name = "migrate", description = "Move the guest of a machine to a URI.")
final class Migrate extends ShellCommand {
  private final MigrationService engine;
  private final Machines machines;
  private final SessionSettings session;

  @Parameters(index = "0", paramLabel = "MACHINE", description = "Name of the machine.")
  private String name = "";

  @Parameters(index = "1", paramLabel = "URI", description = "Where to: tcp:HOST:PORT, unix:PATH …")
  private String uri = "";

  @Option(
      names = {"-d", "--detach"},
      description = "Return at once; query-migrate tells how it goes.")
  private boolean detach;

  @Option(
      names = {"-r", "--resume"},
      description = "Go on with the postcopy of this machine that is paused.")
  private boolean resume;

  @Mixin private SettingsOptions settings = new SettingsOptions();

  Migrate(MigrationService engine, Machines machines, SessionSettings session) {
    this.engine = engine;
    this.machines = machines;
    this.session = session;
  }

  @Override
  public void run() throws Exception {
    Migration migration = resume ? resumed() : begun();
    if (detach) {
      if (json()) {
        print(QueryMigrate.of(migration));
      }
      return;
    }
    MigrationOutcome outcome = MigrationView.follow(migration, terminal().progress());
    if (json()) {
      print(QueryMigrate.of(migration));
    }
    MigrationView.requireCompleted(outcome);
    if (!json()) {
      MigrationView.report(migration.direction(), outcome).print(terminal().out());
    }
  }

  private Migration begun() throws Exception {
    HeldMachine held = machines.get(name);
    Migration migration = engine.migrate(held.guest(), uri, settings.apply(session.current()));
    held.leaving(migration);
    return migration;
  }

  private Migration resumed() throws Exception {
    Migration migration = new CurrentMigration(engine).running(name);
    migration.resume(uri);
    return migration;
  }
}
