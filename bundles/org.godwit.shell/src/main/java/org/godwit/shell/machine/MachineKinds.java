package org.godwit.shell.machine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.Support;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.text.Table;
import picocli.CommandLine.Command;

/** {@code machine-kinds}. */
@Command(
    name = "machine-kinds",
    description = "List the kinds of machines and whether this host can run them.")
final class MachineKinds extends ShellCommand {
  private final Machines machines;

  MachineKinds(Machines machines) {
    this.machines = machines;
  }

  @Override
  public void run() throws IOException {
    Table table = new Table("KIND", "AVAILABLE", "REASON");
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (MachineProvider provider : machines.kinds()) {
      String reason = reason(provider.probe());
      table.row(provider.kind(), reason.isEmpty() ? "yes" : "no", reason);
      ObjectNode kind = list.addObject();
      kind.put("kind", provider.kind());
      kind.put("available", reason.isEmpty());
      if (!reason.isEmpty()) {
        kind.put("reason", reason);
      }
    }
    if (json()) {
      print(list);
    } else {
      print(table, "There are no kinds of machines: no machine bundle is installed");
    }
  }

  private static String reason(Support support) {
    return switch (support) {
      case Support.Available() -> "";
      case Support.Unavailable(String reason) -> reason;
    };
  }
}
