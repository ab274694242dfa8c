package org.godwit.shell.machine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;
import picocli.CommandLine.Command;

/** {@code machine-list}. */
@Command(name = "machine-list", description = "List the machines of this container.")
final class MachineList extends ShellCommand {
  private final Machines machines;

  MachineList(Machines machines) {
    this.machines = machines;
  }

  @Override
  public void run() throws IOException {
    if (json()) {
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      machines.all().forEach(held -> list.add(MachineView.json(held)));
      print(list);
      return;
    }
    Table table = new Table("NAME", "KIND", "STATUS", "MEMORY", "MIGRATION");
    for (HeldMachine held : machines.all()) {
      table.row(
          held.spec().name(),
          held.provider().kind(),
          held.runState(),
          Units.bytes(held.spec().memoryBytes()),
          held.migration().map(m -> m.status().wireName()).orElse(""));
    }
    print(table, "There are no machines; machine-create makes one");
  }
}
