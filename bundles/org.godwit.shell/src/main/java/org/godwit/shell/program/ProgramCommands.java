package org.godwit.shell.program;

import java.util.Optional;
import org.apache.felix.service.command.CommandProcessor;
import org.godwit.api.machine.GuestProcesses;
import org.godwit.shell.command.CommandSet;
import org.godwit.shell.demo.Demo;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The commands of scope {@code godwit} that need no engine in this container. */
@Component(
    service = {},
    immediate = true)
public final class ProgramCommands {
  private final CommandSet commands;

  /** Registers them. */
  @Activate
  public ProgramCommands(BundleContext context, @Reference CommandProcessor processor) {
    commands =
        new CommandSet(context, "godwit")
            .add(() -> new Help(context, processor))
            .add(() -> new Version(context))
            .add(() -> new Serve(processor))
            .add(() -> new Demo(() -> foreignGuests(context)));
  }

  private static Optional<GuestProcesses> foreignGuests(BundleContext context) {
    return Optional.ofNullable(context.getServiceReference(GuestProcesses.class))
        .map(context::getService);
  }

  @Deactivate
  void close() {
    commands.close();
  }
}
