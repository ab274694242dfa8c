package org.godwit.shell.program;

import java.nio.file.Path;
import org.godwit.api.machine.ImageStore;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.migration.MigrationView;
import org.godwit.shell.migration.QueryMigrate;
import org.godwit.shell.migration.SettingsOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code send}. */
@Command(
    name = "send",
    description = "Send the guest of an image to a waiting QEMU or Godwit; the image stays.")
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

  @Mixin private SettingsOptions settings = new SettingsOptions();

  Send(MigrationService engine, ImageStore images) {
    this.engine = engine;
    this.images = images;
  }

  @Override
  public void run() throws Exception {
    // an image does not run while it is sent: there is nobody whose network a limit would spare
    Settings applied = settings.apply(Settings.defaults().with(Parameter.MAX_BANDWIDTH, 0));
    Path directory = terminal().resolve(image);
    try (Machine machine = images.open(Images.nameOf(directory), directory)) {
      Migration migration = engine.migrate(machine, uri, applied);
      MigrationOutcome outcome = MigrationView.follow(migration, terminal().progress());
      if (json()) {
        print(QueryMigrate.of(migration));
      }
      MigrationView.requireCompleted(outcome);
      if (!json()) {
        MigrationView.report(migration.direction(), outcome).print(terminal().out());
      }
    }
  }
}
