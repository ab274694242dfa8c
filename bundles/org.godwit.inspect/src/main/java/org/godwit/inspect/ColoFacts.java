package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.colo.ColoMessage;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;

/** The messages and checkpoints behind the initial stream of COLO. */
final class ColoFacts {

  /** A long recording has more pages than a report can show. */
  private static final int MOST_PAGES = 100_000;

  private final GuestRam memory;
  private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();
  private final ArrayNode checkpoints = JsonNodeFactory.instance.arrayNode();
  private ObjectNode current = JsonNodeFactory.instance.objectNode();
  private int shown;

  ColoFacts(GuestRam memory) {
    this.memory = memory;
  }

  void message(long offset, ColoMessage message) {
    current = messages.addObject();
    current.put("offset", offset);
    current.put("message", message.name());
    current.put("value", message.code());
    if (message == ColoMessage.VMSTATE_SEND) {
      current.putArray("live_sections");
      current.putArray("pages");
    }
  }

  void record(RamRecordReader record, RamRecordKind kind) {
    boolean page = kind != RamRecordKind.EOS && kind != RamRecordKind.MULTIFD_FLUSH;
    if (page && current.get("pages") instanceof ArrayNode pages && shown < MOST_PAGES) {
      shown++;
      PageFacts.page(pages.addObject(), record, kind);
    }
  }

  void section(SectionHeader header, int ramRecords) {
    if (current.get("live_sections") instanceof ArrayNode list) {
      list.addObject()
          .put("type", header.type().name())
          .put("offset", header.offset())
          .put("section_id", header.id())
          .put("ram_records", ramRecords);
    }
  }

  void end(long offset) {
    if (current.get("live_sections") instanceof ArrayNode list) {
      list.addObject().put("type", "EOF").put("offset", offset);
    }
  }

  void devices(long offset, byte[] blob, List<DeviceSection> sections) {
    ObjectNode node = current.putObject("device_blob");
    node.put("offset", offset);
    node.put("bytes", blob.length);
    ArrayNode names = node.putArray("sections");
    sections.forEach(section -> names.add(section.idstr()));
    node.put("sha256", Digests.hex(blob));
    ObjectNode digests = checkpoints.addObject().putObject("ram_sha256");
    memory.digests(ReadProgress.NONE).forEach(digests::put);
  }

  ArrayNode messages() {
    return messages;
  }

  ArrayNode checkpoints() {
    return checkpoints;
  }
}
