package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;

/**
 * What came of a demo.
 *
 * @param guest kind of guest
 * @param migration answer of {@code query-migrate} at the source
 * @param arrived answer of {@code query-migrate} at the destination
 * @param memory answer of {@code machine-verify} at the destination
 * @param output the guest's output on both sides
 */
record DemoReport(
    String guest, JsonNode migration, JsonNode arrived, JsonNode memory, OutputProof output) {

  /** Whether the guest arrived whole. */
  boolean holds() {
    return fault().isEmpty();
  }

  /** The first thing that is wrong; empty if nothing is. */
  String fault() {
    if (!completed(migration) || !completed(arrived)) {
      return "the migration did not complete on both sides";
    }
    if (!memory.path("holds").asBoolean()) {
      return "memory differs: " + memory.path("difference").asText("no page was compared");
    }
    return output.fault().orElse("");
  }

  private static boolean completed(JsonNode migration) {
    return migration.path("status").asText().equals("completed");
  }

  ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("guest", guest);
    node.put("proof", holds());
    node.set("migration", migration);
    node.set("incoming", arrived);
    node.set("memory", memory);
    ObjectNode text = node.putObject("output");
    text.put("holds", output.holds()).put("lines", output.lines());
    text.put("first", output.first()).put("at-source", output.atSource());
    text.put("last", output.last());
    output.fault().ifPresent(fault -> text.put("fault", fault));
    return node;
  }

  void print(PrintStream out) {
    JsonNode ram = migration.path("ram");
    Table table = Table.plain();
    table.row("guest", guest + ", " + Units.bytes(ram.path("total").asLong()));
    table.row("status", migration.path("status").asText());
    table.row("guest is at", migration.path("x-godwit-guest").asText());
    table.row("total time", millis(migration, "total-time"));
    table.row("setup time", millis(migration, "setup-time"));
    table.row("downtime", downtime(migration.path("x-godwit-downtime")));
    table.row("transferred", Units.bytes(ram.path("transferred").asLong()));
    table.row(
        "pages",
        "%s normal, %s zero, of %s"
            .formatted(
                Units.count(ram.path("normal").asLong()),
                Units.count(ram.path("duplicate").asLong()),
                Units.bytes(ram.path("page-size").asLong())));
    table.row("iterations", Units.count(ram.path("dirty-sync-count").asLong()));
    table.row("throughput", throughput(ram));
    table.row("memory", memoryProof());
    table.row("output", outputProof());
    table.print(out);
  }

  private String throughput(JsonNode ram) {
    double seconds = Math.max(1, migration.path("total-time").asLong()) / 1e3;
    return Units.rate(ram.path("transferred").asLong() / seconds);
  }

  private static String millis(JsonNode node, String field) {
    return Units.time(Duration.ofMillis(node.path(field).asLong()));
  }

  private static String downtime(JsonNode parts) {
    return "%s (stop %s, final pass %s, device state %s, handover %s)"
        .formatted(
            micros(parts, "total-us"),
            micros(parts, "stop-us"),
            micros(parts, "final-pass-us"),
            micros(parts, "device-state-us"),
            micros(parts, "handover-us"));
  }

  private static String micros(JsonNode node, String field) {
    return Units.time(Duration.of(node.path(field).asLong(), ChronoUnit.MICROS));
  }

  private String memoryProof() {
    long wrong = memory.path("wrong-pages").asLong();
    String pages = Units.count(memory.path("pages").asLong());
    return memory.path("holds").asBoolean()
        ? "all " + pages + " pages that the guest computes are right at the destination"
        : "%s of %s pages are wrong: %s"
            .formatted(Units.count(wrong), pages, memory.path("difference").asText("?"));
  }

  private String outputProof() {
    return output
        .fault()
        .orElseGet(
            () ->
                "lines %d to %d without a gap or a repeat; the last one at the source is %d"
                    .formatted(output.first(), output.last(), output.atSource()));
  }
}
