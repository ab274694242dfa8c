package org.godwit.shell.machine;

import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code machine-prepare}. */
@Command(
    name = "machine-prepare",
    description = "Make an empty machine that a guest can migrate into.")
final class MachinePrepare extends ShellCommand {
  private final Machines machines;

  @Mixin private MachineOptions options = new MachineOptions();

  MachinePrepare(Machines machines) {
    this.machines = machines;
  }

  @Override
  public void run() throws Exception {
    HeldMachine made = machines.prepare(options.kind(), options.spec());
    if (json()) {
      print(MachineView.json(made));
    } else {
      say(
          "Machine %s is empty; migrate-incoming %1$s URI waits for a guest"
              .formatted(made.spec().name()));
    }
  }
}
