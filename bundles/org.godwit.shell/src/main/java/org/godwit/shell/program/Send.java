package org.godwit.shell.program;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.godwit.api.machine.ImageDamage;
import org.godwit.api.machine.ImageStore;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.migration.MigrationView;
import org.godwit.shell.migration.QueryMigrate;
import org.godwit.shell.migration.SettingsOptions;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.WorkProgress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code send}. */
@Command(
    name = "send",
    description = {
      "Send the guest of an image to a waiting QEMU or Godwit; the image stays.",
      "Its manifest, sizes and devices are checked before; --verify reads its memory too."
    })
final class Send extends ShellCommand {
  private final MigrationService engine;
  private final ImageStore images;

  @Parameters(index = "0", paramLabel = "DIR", description = "Directory of the image.")
  private String image = "";

  @Parameters(
      index = "1",
      paramLabel = "URI",
      description = "Where the receiver listens, for example tcp:127.0.0.1:5555.")
  private String uri = "";

  @Option(
      names = "--lazy",
      description =
          "Start the guest at once and send its memory as it is touched, the rest in the"
              + " background. The image learns which pages are needed first, and sends them first"
              + " the next time.")
  private boolean lazy;

  @Option(
      names = "--resume",
      description =
          "Go on with a guest that left this image by postcopy and waits for the rest of its memory"
              + " because its sender was cut off or ended. Let it wait at URI first"
              + " (migrate-recover at a QEMU); the image is verified.")
  private boolean resume;

  @Option(
      names = "--verify",
      description = "Compare all of the image with its digests before it is sent.")
  private boolean verify;

  @Mixin private SettingsOptions settings = new SettingsOptions();

  Send(MigrationService engine, ImageStore images) {
    this.engine = engine;
    this.images = images;
  }

  private void requireUndamaged(Path directory) throws MachineException, CommandFailure {
    List<ImageDamage> damages;
    try (WorkProgress progress = new WorkProgress("verify", terminal().progress())) {
      damages = images.verify(directory, progress::advanced);
    }
    for (ImageDamage damage : damages) {
      throw new CommandFailure("Image " + directory + " is not sent: " + damage.sentence());
    }
  }

  /** A QEMU that does not like what it gets closes the link and writes why to its own terminal. */
  private static void requireCompleted(MigrationOutcome outcome) throws CommandFailure {
    try {
      MigrationView.requireCompleted(outcome);
    } catch (CommandFailure e) {
      throw closedByPeer(outcome)
          ? new CommandFailure(
              e.getMessage() + " If the receiver is a QEMU, its own standard error tells why.")
          : e;
    }
  }

  private static boolean closedByPeer(MigrationOutcome outcome) {
    return outcome.statistics().transferred() > 0
        && outcome
            .error()
            .filter(e -> e.fault() == Fault.LINK || e.fault() == Fault.PEER)
            .isPresent();
  }

  @Override
  public void run() throws Exception {
    // an image does not run while it is sent: there is nobody whose network a limit would spare
    Settings applied = settings.apply(defaults());
    Path directory = terminal().resolve(image);
    if (lazy && resume) {
      throw new CommandFailure(
          CommandFailure.USAGE,
          "--lazy starts a guest, --resume goes on with one: give one of them");
    }
    // wrong pages would be the end of a guest that runs
    if (verify || resume) {
      requireUndamaged(directory);
    }
    try (Machine machine = images.open(Images.nameOf(directory), directory)) {
      InstantRestore restore = new InstantRestore(machine);
      Migration migration = restore.begin(() -> engine.migrate(machine, uri, applied));
      LeaveWhenPaused.from(migration, machine, uri, terminal().err());
      MigrationOutcome outcome = MigrationView.follow(migration, terminal().progress());
      if (json()) {
        ObjectNode figures = QueryMigrate.of(migration);
        restore.add(figures, outcome);
        print(figures);
      }
      requireCompleted(outcome);
      if (!json()) {
        Table report = MigrationView.report(migration.direction(), outcome);
        restore.add(report, outcome);
        report.print(terminal().out());
      }
    }
  }

  private Settings defaults() {
    Settings plain = Settings.defaults().with(Parameter.MAX_BANDWIDTH, 0);
    if (!lazy && !resume) {
      return plain;
    }
    return plain
        .with(Capability.POSTCOPY_RAM, true)
        .with(lazy ? Parameter.LAZY : Parameter.REJOIN, "on");
  }
}
