package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Optional;
import org.godwit.wire.description.DecodedField;
import org.godwit.wire.description.DeviceDecoder;
import org.godwit.wire.description.DeviceDescription;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceState;

/** Decodes device sections into names and values. */
final class DeviceFacts {

  private final boolean wanted;
  private final ArrayNode devices = JsonNodeFactory.instance.arrayNode();

  DeviceFacts(boolean wanted) {
    this.wanted = wanted;
  }

  void add(DeviceState state) throws IOException {
    if (!wanted || state.description().isEmpty()) {
      return;
    }
    for (DeviceSection section : state.sections()) {
      Optional<DeviceDescription> device =
          state.description().get().find(section.idstr(), section.instance());
      if (device.isPresent()) {
        add(section, device.get());
      }
    }
  }

  private void add(DeviceSection section, DeviceDescription device) throws IOException {
    ObjectNode node = devices.addObject();
    node.put("name", section.idstr());
    node.put("instance", section.instance());
    node.put("version", section.version());
    ArrayNode fields = node.putArray("fields");
    for (DecodedField field : DeviceDecoder.decode(section, device.state())) {
      ObjectNode value = fields.addObject();
      value.put("path", field.path()).put("type", field.type()).put("size", field.size());
      switch (field.value()) {
        case Long number -> value.put("value", number);
        case BigInteger number -> value.put("value", number);
        case Boolean flag -> value.put("value", flag);
        case Object other -> value.put("value", other.toString());
      }
    }
  }

  void describe(ObjectNode node) {
    if (wanted) {
      node.set("devices", devices);
    }
  }
}
