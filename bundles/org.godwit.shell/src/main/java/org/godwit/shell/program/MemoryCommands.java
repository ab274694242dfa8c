package org.godwit.shell.program;

import java.util.Optional;
import org.godwit.api.machine.ImageStore;
import org.godwit.api.userfault.FaultHandover;
import org.godwit.shell.command.CommandSet;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The commands of scope {@code godwit} about memory of other processes. */
@Component(
    service = {},
    immediate = true)
public final class MemoryCommands {
  private final CommandSet commands;

  /** Registers them. */
  @Activate
  public MemoryCommands(BundleContext context, @Reference FaultHandover handover) {
    commands =
        new CommandSet(context, "godwit")
            .add(() -> new ServeMemory(handover, () -> store(context)));
  }

  private static Optional<ImageStore> store(BundleContext context) {
    return Optional.ofNullable(context.getServiceReference(ImageStore.class))
        .map(context::getService);
  }

  @Deactivate
  void close() {
    commands.close();
  }
}
