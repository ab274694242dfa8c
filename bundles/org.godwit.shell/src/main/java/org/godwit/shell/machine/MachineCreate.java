package org.godwit.shell.machine;

import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code machine-create}. */
@Command(name = "machine-create", description = "Make a machine with its guest, not yet started.")
final class MachineCreate extends ShellCommand {
  private final Machines machines;

  @Mixin private MachineOptions options = new MachineOptions();

  MachineCreate(Machines machines) {
    this.machines = machines;
  }

  @Override
  public void run() throws Exception {
    HeldMachine made = machines.create(options.kind(), options.spec());
    if (json()) {
      print(MachineView.json(made));
    } else {
      say("Machine %s is made; machine-start %1$s lets it run".formatted(made.spec().name()));
    }
  }
}
