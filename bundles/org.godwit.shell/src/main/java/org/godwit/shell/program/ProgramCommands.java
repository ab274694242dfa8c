package org.godwit.shell.program;

import java.util.Optional;
import org.apache.felix.service.command.CommandProcessor;
import org.godwit.api.machine.GuestProcesses;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.Support;
import org.godwit.shell.command.CommandSet;
import org.godwit.shell.demo.Demo;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
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
            .add(() -> new Demo(() -> foreignGuests(context), kind -> provider(context, kind)));
  }

  private static Optional<GuestProcesses> foreignGuests(BundleContext context) {
    return Optional.ofNullable(context.getServiceReference(GuestProcesses.class))
        .map(context::getService);
  }

  private static Optional<MachineProvider> provider(BundleContext context, String kind) {
    Optional<MachineProvider> kvm = kind(context, "kvm");
    if (!kind.equals("auto")) {
      return kind(context, kind);
    }
    return kvm.filter(k -> k.probe() instanceof Support.Available)
        .or(() -> kind(context, "scripted"));
  }

  private static Optional<MachineProvider> kind(BundleContext context, String kind) {
    try {
      String filter = "(" + MachineProvider.KIND_PROPERTY + "=" + kind + ")";
      return context.getServiceReferences(MachineProvider.class, filter).stream()
          .findFirst()
          .map(context::getService);
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Deactivate
  void close() {
    commands.close();
  }
}
