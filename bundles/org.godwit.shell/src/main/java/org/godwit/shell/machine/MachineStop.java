package org.godwit.shell.machine;

import org.godwit.api.machine.RunState;
import picocli.CommandLine.Command;

/** {@code machine-stop}. */
@Command(name = "machine-stop", description = "Stop the guest of a machine.")
final class MachineStop extends NamedMachine {
  MachineStop(Machines machines) {
    super(machines);
  }

  @Override
  public void run() throws Exception {
    HeldMachine held = idle();
    held.guest().stop(RunState.PAUSED);
    if (json()) {
      print(MachineView.json(held));
    }
  }
}
