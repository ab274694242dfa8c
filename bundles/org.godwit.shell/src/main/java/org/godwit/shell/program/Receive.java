package org.godwit.shell.program;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.machine.Machines;
import org.godwit.shell.migration.FailedAttempts;
import org.godwit.shell.migration.MigrationView;
import org.godwit.shell.migration.QueryMigrate;
import org.godwit.shell.migration.SettingsOptions;
import org.godwit.shell.text.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code receive}. */
@Command(
    name = "receive",
    description = "Wait for a guest, of QEMU or of Godwit, and keep it as an image.")
final class Receive extends ShellCommand {
  /** Images have the size that comes; the provider does not look at this. */
  private static final long ANY_SIZE = 4096;

  private final MigrationService engine;
  private final Machines machines;

  @Parameters(
      paramLabel = "URI",
      description = "Where to listen, for example tcp:127.0.0.1:4444 or unix:/run/guest.sock.")
  private String uri = "";

  @Option(
      names = "--image",
      paramLabel = "DIR",
      required = true,
      description = "Directory of the new image; must not exist.")
  private String image = "";

  @Option(
      names = "--once",
      description =
          "Give up when the first peer fails, also when its link breaks in postcopy; what has come of"
              + " the image is discarded then.")
  private boolean once;

  @Mixin private SettingsOptions settings = new SettingsOptions();

  Receive(MigrationService engine, Machines machines) {
    this.engine = engine;
    this.machines = machines;
  }

  @Override
  public void run() throws Exception {
    Settings applied = settings.apply(Settings.defaults());
    Path directory = terminal().resolve(image);
    MachineSpec spec =
        new MachineSpec(
            Images.nameOf(directory), ANY_SIZE, Map.of("directory", directory.toString()));
    IncomingMachine empty = machines.kind("image").prepare(spec);
    Migration migration = engine.incoming(empty, uri, applied, false);
    FailedAttempts attempts = new FailedAttempts(terminal().err(), once);
    MigrationOutcome outcome = await(migration, attempts);
    if (outcome.machine().isPresent()) {
      terminal().err().println("The guest has arrived; computing the digests of its image …");
    }
    // waits for the digests
    outcome.machine().ifPresent(Machine::close);
    report(migration, outcome, attempts, directory);
  }

  private MigrationOutcome await(Migration migration, FailedAttempts attempts)
      throws InterruptedException {
    try (var _ = migration.listen(attempts);
        var _ = migration.listen(new WaitWhenPaused(terminal().err(), once))) {
      terminal().err().println("Waiting for a guest at " + migration.endpoint());
      return MigrationView.follow(migration, terminal().progress());
    }
  }

  private void report(
      Migration migration, MigrationOutcome outcome, FailedAttempts attempts, Path directory)
      throws Exception {
    if (json()) {
      ObjectNode answer = QueryMigrate.of(migration);
      outcome.machine().ifPresent(_ -> answer.put("x-godwit-image", directory.toString()));
      print(answer);
    }
    if (outcome.status() != MigrationStatus.COMPLETED) {
      attempts.requireNone();
    }
    MigrationView.requireCompleted(outcome);
    if (!json()) {
      Table table = MigrationView.report(migration.direction(), outcome);
      table.row("image", directory);
      table.print(terminal().out());
    }
  }
}
