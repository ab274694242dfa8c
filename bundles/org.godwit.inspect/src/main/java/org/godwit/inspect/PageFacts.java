package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;

/** Counts of the page records of one channel or of all together. */
final class PageFacts {

  private static final int FIRST = 6;

  private final Map<String, Integer> kinds = new LinkedHashMap<>();
  private final Map<String, Map<String, Integer>> blocks = new LinkedHashMap<>();
  private final ArrayNode first = JsonNodeFactory.instance.arrayNode();
  private int again;
  private int continued;
  private int total;

  static String name(RamRecordKind kind) {
    return switch (kind) {
      case ZERO -> "zero";
      case PAGE -> "page";
      case XBZRLE -> "xbzrle";
      case COMPRESSED_PAGE -> "compress";
      default -> throw new IllegalArgumentException(kind + " is no page record.");
    };
  }

  void add(RamRecordReader record, RamRecordKind kind, boolean before, boolean withChannel) {
    String name = name(kind);
    kinds.merge(name, 1, Integer::sum);
    blocks
        .computeIfAbsent(record.block().name(), block -> new LinkedHashMap<>())
        .merge(name, 1, Integer::sum);
    total++;
    again += before ? 1 : 0;
    continued += record.continued() ? 1 : 0;
    if (first.size() < FIRST) {
      ObjectNode node = first.addObject();
      if (withChannel) {
        node.put("channel", 0);
      }
      node.put("offset_in_file", record.recordOffset());
      page(node, record, kind);
    }
  }

  static void page(ObjectNode node, RamRecordReader record, RamRecordKind kind) {
    node.put("block", record.block().name());
    node.put("page_offset", record.offset());
    node.put("kind", name(kind));
    node.put("continue_flag", record.continued());
  }

  ObjectNode kinds() {
    return counts(kinds);
  }

  ObjectNode perBlock() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    blocks.forEach((block, counts) -> node.set(block, counts(counts)));
    return node;
  }

  private static ObjectNode counts(Map<String, Integer> counts) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    counts.forEach(node::put);
    return node;
  }

  ArrayNode first() {
    return first;
  }

  int again() {
    return again;
  }

  int continued() {
    return continued;
  }

  int total() {
    return total;
  }
}
