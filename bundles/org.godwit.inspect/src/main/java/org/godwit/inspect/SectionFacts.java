package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.godwit.wire.SectionType;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.Trailer;
import org.godwit.wire.description.DeviceSection;

/** The sections of a stream in order; equal PARTs that follow each other are folded. */
final class SectionFacts {

  private final ArrayNode list = JsonNodeFactory.instance.arrayNode();
  private int complete;

  ArrayNode list() {
    return list;
  }

  int complete() {
    return complete;
  }

  void iterable(SectionHeader header, long bodyBytes, int ramRecords) {
    complete++;
    if (header.type() == SectionType.PART && repeats(header, bodyBytes, ramRecords)) {
      ObjectNode last = (ObjectNode) list.get(list.size() - 1);
      last.put("repeated", last.path("repeated").asInt(1) + 1);
      return;
    }
    ObjectNode node = list.addObject();
    node.put("type", header.type().name());
    node.put("offset", header.offset());
    node.put("section_id", header.id());
    node.put("idstr", header.idstr());
    if (header.type() == SectionType.START) {
      node.put("instance", header.instance());
      node.put("version", header.version());
    }
    node.put("body_bytes", bodyBytes);
    if (ramRecords > 0) {
      node.put("ram_records", ramRecords);
    }
  }

  private boolean repeats(SectionHeader header, long bodyBytes, int ramRecords) {
    if (list.isEmpty()) {
      return false;
    }
    var last = list.get(list.size() - 1);
    return last.path("type").asText().equals(SectionType.PART.name())
        && last.path("section_id").asLong() == header.id()
        && last.path("body_bytes").asLong() == bodyBytes
        && last.path("ram_records").asInt(0) == ramRecords;
  }

  void device(DeviceSection section, boolean inPackage) {
    complete++;
    ObjectNode node = list.addObject();
    node.put("type", SectionType.FULL.name());
    node.put("offset", section.offset());
    node.put("section_id", section.id());
    node.put("idstr", section.idstr());
    node.put("instance", section.instance());
    node.put("version", section.version());
    node.put("body_bytes", section.body().length);
    if (inPackage) {
      node.put("in_package", true);
    }
  }

  void end(long offset) {
    list.addObject().put("type", SectionType.EOF.name()).put("offset", offset);
  }

  void description(Trailer.Description description) {
    list.addObject().put("type", "VMDESC").put("json_bytes", description.json().length);
  }
}
