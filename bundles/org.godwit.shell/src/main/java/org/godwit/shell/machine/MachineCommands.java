package org.godwit.shell.machine;

import org.godwit.shell.command.CommandSet;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The commands of scope {@code machine}. */
@Component(
    service = {},
    immediate = true)
public final class MachineCommands {
  private final CommandSet commands;

  /** Registers them. */
  @Activate
  public MachineCommands(BundleContext context, @Reference Machines machines) {
    commands =
        new CommandSet(context, "machine")
            .add(() -> new MachineKinds(machines))
            .add(() -> new MachineCreate(machines))
            .add(() -> new MachinePrepare(machines))
            .add(() -> new MachineStart(machines))
            .add(() -> new MachineStop(machines))
            .add(() -> new MachineList(machines))
            .add(() -> new MachineShow(machines))
            .add(() -> new MachineVerify(machines))
            .add(() -> new MachineOutput(machines))
            .add(() -> new MachineDestroy(machines));
  }

  @Deactivate
  void close() {
    commands.close();
  }
}
