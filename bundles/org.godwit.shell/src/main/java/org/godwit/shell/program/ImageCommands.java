package org.godwit.shell.program;

import org.godwit.api.machine.ImageStore;
import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.CommandSet;
import org.godwit.shell.machine.Machines;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The commands of scope {@code godwit} about images; there while there is an engine and a store.
 */
@Component(
    service = {},
    immediate = true)
public final class ImageCommands {
  private final CommandSet commands;

  /** Registers them. */
  @Activate
  public ImageCommands(
      BundleContext context,
      @Reference MigrationService engine,
      @Reference ImageStore images,
      @Reference Machines machines) {
    commands =
        new CommandSet(context, "godwit")
            .add(() -> new Receive(engine, machines))
            .add(() -> new Send(engine, images))
            .add(() -> new Image(images));
  }

  @Deactivate
  void close() {
    commands.close();
  }
}
