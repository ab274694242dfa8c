package org.godwit.shell.machine;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.godwit.api.machine.GuestOutput;
import org.godwit.shell.command.CommandFailure;
import picocli.CommandLine.Command;

/** {@code machine-output}. */
@Command(
    name = "machine-output",
    description = "Show what the guest wrote to its console in this container.")
final class MachineOutput extends NamedMachine {
  MachineOutput(Machines machines) {
    super(machines);
  }

  @Override
  public void run() throws Exception {
    if (!(held().guest() instanceof GuestOutput guest)) {
      throw new CommandFailure("Machine " + name() + " has no console that can be seen here");
    }
    GuestOutput.Output output = guest.output();
    if (json()) {
      print(
          JsonNodeFactory.instance
              .objectNode()
              .put("dropped", output.dropped())
              .put("text", output.text()));
    } else {
      terminal().out().print(output.text());
    }
  }
}
