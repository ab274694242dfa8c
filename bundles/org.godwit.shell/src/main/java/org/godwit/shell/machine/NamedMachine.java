package org.godwit.shell.machine;

import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Parameters;

/** A command about one machine. */
abstract class NamedMachine extends ShellCommand {
  private final Machines machines;

  @Parameters(paramLabel = "NAME", description = "Name of the machine.")
  private String name = "";

  NamedMachine(Machines machines) {
    this.machines = machines;
  }

  final String name() {
    return name;
  }

  final Machines machines() {
    return machines;
  }

  final HeldMachine held() throws CommandFailure {
    return machines.get(name);
  }

  /** The machine if no migration uses it. */
  final HeldMachine idle() throws CommandFailure {
    HeldMachine held = held();
    if (held.isMigrating()) {
      throw new CommandFailure(
          "Machine " + name + " is migrating; wait for the end, or migrate-cancel");
    }
    return held;
  }
}
