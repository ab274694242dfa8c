package org.godwit.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The report for people. */
final class InspectionText {

  private static final int LONGEST_VALUE = 64;

  /** Bytes that are nothing but printable characters, padded with zeroes. */
  private static final Pattern WORDS = Pattern.compile("(?:[2-6][0-9a-f]|7[0-9a-e]){4,64}(?:00)+");

  private final StringBuilder text = new StringBuilder();
  private final JsonNode facts;

  private InspectionText(JsonNode facts) {
    this.facts = facts;
  }

  static String of(Inspection inspection) {
    InspectionText report = new InspectionText(inspection.toJson());
    report.stream(
        report.facts.has("initial_stream") ? report.facts.get("initial_stream") : report.facts);
    report.channels();
    report.ending();
    return report.text.toString();
  }

  private void stream(JsonNode stream) {
    configuration(stream.path("configuration"), stream.has("damage"));
    blocks(stream);
    pages(stream);
    commands(stream.path("commands"));
    sections(stream.path("sections"));
    devices(stream.path("devices"));
  }

  private void configuration(JsonNode configuration, boolean damaged) {
    if (!configuration.isObject()) {
      title("Configuration: none" + (damaged ? " was read" : " (machine type 2.3 or older)"));
      return;
    }
    title("Configuration");
    line("machine type " + configuration.path("machine").asText());
    for (JsonNode subsection : configuration.path("subsections")) {
      line(subsection.path("name").asText() + " = " + words(subsection.path("value")));
    }
  }

  private void blocks(JsonNode stream) {
    TextTable table = new TextTable("BLOCK", "BYTES", "PAGE RECORDS", "SHA-256");
    for (JsonNode block : stream.path("blocks")) {
      String name = block.path("name").asText();
      table.row(
          name,
          block.path("size").asText(),
          words(stream.path("page_records_per_block").path(name)),
          stream.path("ram_sha256").path(name).asText("-"));
    }
    table("RAM blocks", table);
    for (JsonNode block : stream.path("blocks")) {
      detail(block, "page_size");
      detail(block, "gpa");
      detail(block, "mapped");
    }
  }

  private void detail(JsonNode block, String field) {
    if (block.has(field)) {
      line(block.path("name").asText() + ": " + field + " " + words(block.get(field)));
    }
  }

  private void pages(JsonNode stream) {
    if (stream.path("page_records").isEmpty()) {
      return;
    }
    title("RAM records");
    line("pages by kind: " + words(stream.path("page_records")));
    line(
        "pages received before: "
            + stream.path("page_records_for_pages_already_received").asText());
    line("end records: " + stream.path("ram_eos_records").asText());
    if (stream.has("ram_multifd_flush_records")) {
      line("multifd flush records: " + stream.path("ram_multifd_flush_records").asText());
    }
    if (stream.has("xbzrle")) {
      line(
          "XBZRLE: "
              + stream.path("xbzrle").path("pages").asText()
              + " pages in "
              + stream.path("xbzrle").path("encoded_bytes_total").asText()
              + " bytes");
    }
  }

  private void commands(JsonNode commands) {
    TextTable table = new TextTable("OFFSET", "COMMAND", "CONTENT");
    for (JsonNode command : commands) {
      table.row(
          command.path("offset").asText() + (command.path("in_package").asBoolean() ? " *" : ""),
          command.path("cmd").asText(),
          others(command, "offset", "cmd", "in_package", "len"));
    }
    table("Commands (* inside a package)", table);
  }

  private void sections(JsonNode sections) {
    TextTable table =
        new TextTable("OFFSET", "TYPE", "ID", "NAME", "INSTANCE", "VERSION", "BODY", "");
    for (JsonNode section : sections) {
      String times = section.has("repeated") ? section.get("repeated").asText() + " equal" : "";
      String records =
          section.has("ram_records") ? section.get("ram_records").asText() + " records" : "";
      table.row(
          section.path("offset").asText("") + (section.path("in_package").asBoolean() ? " *" : ""),
          section.path("type").asText(),
          section.path("section_id").asText(""),
          section.path("idstr").asText(""),
          section.path("instance").asText(""),
          section.path("version").asText(""),
          section.path("body_bytes").asText(section.path("json_bytes").asText("")),
          (records + (records.isEmpty() || times.isEmpty() ? "" : ", ") + times));
    }
    table("Sections (* inside a package)", table);
  }

  private void devices(JsonNode devices) {
    for (JsonNode device : devices) {
      TextTable table = new TextTable("FIELD", "TYPE", "VALUE");
      for (JsonNode field : device.path("fields")) {
        table.row(
            field.path("path").asText(), field.path("type").asText(), value(field.path("value")));
      }
      table(
          "Device "
              + device.path("name").asText()
              + " instance "
              + device.path("instance").asText()
              + " version "
              + device.path("version").asText(),
          table);
    }
  }

  private static String value(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value.asText()
          + (value.canConvertToLong() && value.asLong() > 9
              ? String.format(Locale.ROOT, " (0x%x)", value.asLong())
              : "");
    }
    String text = value.asText();
    if (WORDS.matcher(text).matches()) {
      byte[] bytes = HexFormat.of().parseHex(text.replaceFirst("(00)+$", ""));
      return '"' + new String(bytes, StandardCharsets.US_ASCII) + '"';
    }
    return text.length() <= LONGEST_VALUE
        ? text
        : text.substring(0, LONGEST_VALUE) + "… (" + text.length() / 2 + " bytes)";
  }

  private void channels() {
    JsonNode multifd = facts.path("multifd");
    if (multifd.isObject()) {
      title("Multifd");
      line(others(multifd, "channels"));
      for (JsonNode channel : multifd.path("channels")) {
        line(others(channel, "packets") + ", " + channel.path("packets").size() + " packets");
      }
    }
    if (facts.has("preempt_channel")) {
      title("Preempt channel");
      line(others(facts.get("preempt_channel"), "first"));
    }
    if (facts.has("second_connection")) {
      title("Second connection");
      stream(facts.get("second_connection"));
    }
    messages("Return path", facts.path("return_path"));
    messages("Checkpoint messages of the primary", facts.path("after_initial_stream_forward"));
    messages("Checkpoint messages of the secondary", facts.path("return_messages"));
  }

  private void messages(String title, JsonNode list) {
    if (list.isEmpty()) {
      return;
    }
    title(title);
    for (JsonNode message : list) {
      line(message.isTextual() ? message.asText() : others(message, "pages", "live_sections"));
    }
  }

  private void ending() {
    if (!facts.path("anomalies").isEmpty()) {
      title("Anomalies");
      facts.path("anomalies").forEach(sentence -> line(sentence.asText()));
    }
    if (facts.has("damage")) {
      JsonNode damage = facts.get("damage");
      title("DAMAGED: " + damage.path("file").asText());
      line(damage.path("reason").asText());
    }
  }

  private void title(String title) {
    text.append(text.isEmpty() ? "" : "\n").append(title).append('\n');
  }

  private void table(String title, TextTable table) {
    if (!table.isEmpty()) {
      title(title);
      table.print(text);
    }
  }

  private void line(String line) {
    text.append("  ").append(line).append('\n');
  }

  private static String others(JsonNode node, String... without) {
    var hidden = java.util.Set.of(without);
    return node.properties().stream()
        .filter(entry -> !hidden.contains(entry.getKey()))
        .map(InspectionText::pair)
        .collect(Collectors.joining(", "));
  }

  private static String pair(Map.Entry<String, JsonNode> entry) {
    return entry.getKey() + " " + words(entry.getValue());
  }

  private static String words(JsonNode node) {
    if (node.isObject()) {
      return others(node);
    }
    if (node.isArray()) {
      return StreamSupport.stream(node.spliterator(), false)
          .map(InspectionText::words)
          .collect(Collectors.joining(" ", "[", "]"));
    }
    return node.asText("-");
  }
}
