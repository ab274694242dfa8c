package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;

/** What came of a demo. */
interface Report {
  /** The first thing that is wrong; empty if the guest arrived whole. */
  String fault();

  /** As a document. */
  ObjectNode json();

  /** As text. */
  void print(PrintStream out);

  /** Adds the figures of an outgoing migration, as {@code query-migrate} told them. */
  static void figures(JsonNode migration, Table table) {
    JsonNode ram = migration.path("ram");
    table.row("total time", millis(migration, "total-time"));
    table.row("setup time", millis(migration, "setup-time"));
    table.row("downtime", downtime(migration.path("x-godwit-downtime")));
    table.row("transferred", Units.bytes(ram.path("transferred").asLong()));
    table.row("pages", pages(ram));
    table.row("iterations", Units.count(ram.path("dirty-sync-count").asLong()));
    double seconds = Math.max(1, migration.path("total-time").asLong()) / 1e3;
    table.row("throughput", Units.rate(ram.path("transferred").asLong() / seconds));
  }

  /** Full and zero pages. */
  static String pages(JsonNode ram) {
    return "%s normal, %s zero, of %s"
        .formatted(
            Units.count(ram.path("normal").asLong()),
            Units.count(ram.path("duplicate").asLong()),
            Units.bytes(ram.path("page-size").asLong()));
  }

  /** A time in milliseconds. */
  static String millis(JsonNode node, String field) {
    return Units.time(Duration.ofMillis(node.path(field).asLong()));
  }

  /** The output's part of the proof. */
  static String output(OutputProof output) {
    return output
        .fault()
        .orElseGet(
            () ->
                "lines %d to %d without a gap or a repeat; the last one at the source is %d"
                    .formatted(output.first(), output.last(), output.atSource()));
  }

  /** The output's part of the proof. */
  static void output(OutputProof output, ObjectNode text) {
    text.put("holds", output.holds()).put("lines", output.lines());
    text.put("first", output.first()).put("at-source", output.atSource());
    text.put("last", output.last());
    output.fault().ifPresent(fault -> text.put("fault", fault));
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
}
