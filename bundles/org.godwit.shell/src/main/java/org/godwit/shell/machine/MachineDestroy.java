package org.godwit.shell.machine;

import picocli.CommandLine.Command;

/** {@code machine-destroy}. */
@Command(name = "machine-destroy", description = "Release a machine and its memory.")
final class MachineDestroy extends NamedMachine {
  MachineDestroy(Machines machines) {
    super(machines);
  }

  @Override
  public void run() throws Exception {
    machines().destroy(name());
  }
}
