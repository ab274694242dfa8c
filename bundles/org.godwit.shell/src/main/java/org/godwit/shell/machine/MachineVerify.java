package org.godwit.shell.machine;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.text.Units;
import org.godwit.shell.text.WorkProgress;
import picocli.CommandLine.Command;

/** {@code machine-verify}. */
@Command(
    name = "machine-verify",
    description = "Check every page of memory that the guest computes; stops the guest meanwhile.")
final class MachineVerify extends NamedMachine {
  MachineVerify(Machines machines) {
    super(machines);
  }

  @Override
  public void run() throws Exception {
    Machine machine = idle().guest();
    if (!(machine instanceof SelfChecking checked)) {
      throw new CommandFailure(
          "Machine " + name() + " runs a guest whose memory nobody can compute");
    }
    MemoryProof proof = checkStopped(machine, checked);
    if (json()) {
      print(json(proof));
    }
    if (!proof.holds()) {
      throw new CommandFailure(
          "%s of %s pages are wrong: %s"
              .formatted(
                  Units.count(proof.wrongPages()),
                  Units.count(proof.pages()),
                  proof.difference().orElse("no page was compared")));
    }
    if (!json()) {
      say(
          "All %s pages are right after %s rounds"
              .formatted(Units.count(proof.pages()), Units.count(proof.rounds())));
    }
  }

  private MemoryProof checkStopped(Machine machine, SelfChecking checked) throws MachineException {
    if (machine.runState() != RunState.RUNNING) {
      return check(checked);
    }
    machine.stop(RunState.PAUSED);
    try {
      return check(checked);
    } finally {
      machine.start();
    }
  }

  private MemoryProof check(SelfChecking checked) throws MachineException {
    try (WorkProgress progress = new WorkProgress("verify", terminal().progress())) {
      return checked.check(progress::advanced);
    }
  }

  private static ObjectNode json(MemoryProof proof) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("holds", proof.holds());
    node.put("pages", proof.pages());
    node.put("wrong-pages", proof.wrongPages());
    node.put("rounds", proof.rounds());
    proof.difference().ifPresent(difference -> node.put("difference", difference));
    return node;
  }
}
