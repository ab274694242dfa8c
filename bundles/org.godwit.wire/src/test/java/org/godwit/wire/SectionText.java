package org.godwit.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Unfolds a section of a recording's description into the lines of {@link StreamFacts}. */
final class SectionText {

  private SectionText() {}

  static List<String> of(JsonNode section) {
    String type = section.get("type").asText();
    if (type.equals("EOF")) {
      return List.of("EOF@" + section.get("offset").asLong());
    }
    if (type.equals("VMDESC")) {
      return List.of("VMDESC " + section.get("json_bytes").asInt());
    }
    return type.equals("FULL") ? List.of(device(section)) : iterable(type, section);
  }

  private static String device(JsonNode section) {
    return "FULL@"
        + section.get("offset").asLong()
        + common(section)
        + " "
        + section.get("instance").asLong()
        + " "
        + section.get("version").asLong()
        + (section.path("in_package").asBoolean() ? " in package" : "");
  }

  private static List<String> iterable(String type, JsonNode section) {
    List<String> lines = new ArrayList<>();
    long size = section.get("body_bytes").asLong() + 10;
    // The recordings count all equal sections here, the first one too.
    for (int i = 0; i < section.path("repeated").asInt(1); i++) {
      String records = section.has("ram_records") ? " " + section.get("ram_records").asInt() : "";
      lines.add(
          type + "@" + (section.get("offset").asLong() + i * size) + common(section) + records);
    }
    return lines;
  }

  private static String common(JsonNode section) {
    return " "
        + section.get("section_id").asLong()
        + " "
        + section.get("idstr").asText()
        + " "
        + section.get("body_bytes").asLong();
  }
}
