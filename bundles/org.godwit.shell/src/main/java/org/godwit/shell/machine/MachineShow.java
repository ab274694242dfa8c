package org.godwit.shell.machine;

import org.godwit.api.machine.Machine;
import org.godwit.api.machine.RamBlock;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;
import picocli.CommandLine.Command;

/** {@code machine-show}. */
@Command(name = "machine-show", description = "Show a machine with its RAM blocks and devices.")
final class MachineShow extends NamedMachine {
  MachineShow(Machines machines) {
    super(machines);
  }

  @Override
  public void run() throws Exception {
    HeldMachine held = held();
    if (json()) {
      print(MachineView.json(held));
      return;
    }
    Table table = Table.plain();
    table.row("name", held.spec().name());
    table.row("kind", held.provider().kind());
    table.row("status", held.runState());
    table.row("memory", Units.bytes(held.spec().memoryBytes()));
    held.migration()
        .ifPresent(m -> table.row("migration", m.status().wireName() + ", " + m.endpoint()));
    held.machine().ifPresent(machine -> describe(machine, table));
    table.print(terminal().out());
  }

  private static void describe(Machine machine, Table table) {
    table.row("machine type", machine.machineType());
    machine.uuid().ifPresent(uuid -> table.row("uuid", uuid));
    for (RamBlock block : machine.blocks()) {
      table.row("block " + block.name(), Units.bytes(block.length()));
    }
    machine
        .devices()
        .forEach(device -> table.row("device " + device.key().idstr(), device.key().instance()));
  }
}
