package org.godwit.shell.machine;

import picocli.CommandLine.Command;

/** {@code machine-start}. */
@Command(name = "machine-start", description = "Let the guest of a machine run.")
final class MachineStart extends NamedMachine {
  MachineStart(Machines machines) {
    super(machines);
  }

  @Override
  public void run() throws Exception {
    HeldMachine held = idle();
    held.guest().start();
    if (json()) {
      print(MachineView.json(held));
    }
  }
}
