package org.godwit.shell.machine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.savestate.DeviceState;

/** A machine as JSON. */
final class MachineView {
  private MachineView() {}

  static ObjectNode json(HeldMachine held) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("name", held.spec().name());
    node.put("kind", held.provider().kind());
    node.put("status", held.runState());
    node.put("memory", held.spec().memoryBytes());
    held.migration().ifPresent(m -> node.put("migration", m.status().wireName()));
    held.machine().ifPresent(machine -> describe(machine, node));
    return node;
  }

  private static void describe(Machine machine, ObjectNode node) {
    node.put("machine-type", machine.machineType());
    machine.uuid().ifPresent(uuid -> node.put("uuid", uuid.toString()));
    ArrayNode blocks = node.putArray("blocks");
    for (RamBlock block : machine.blocks()) {
      blocks.addObject().put("name", block.name()).put("length", block.length());
    }
    ArrayNode devices = node.putArray("devices");
    for (DeviceState device : machine.devices()) {
      devices
          .addObject()
          .put("idstr", device.key().idstr())
          .put("instance", device.key().instance());
    }
  }
}
