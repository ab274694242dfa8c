package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Duration;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;

/**
 * A guest of Godwit's own moved between two containers.
 *
 * @param guest kind of guest
 * @param migration answer of {@code query-migrate} at the source
 * @param arrived answer of {@code query-migrate} at the destination
 * @param memory answer of {@code machine-verify} at the destination
 * @param output the guest's output on both sides
 */
record LiveReport(
    String guest, JsonNode migration, JsonNode arrived, JsonNode memory, OutputProof output)
    implements Report {

  @Override
  public String fault() {
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

  @Override
  public ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("guest", guest);
    node.put("proof", fault().isEmpty());
    node.set("migration", migration);
    node.set("incoming", arrived);
    node.set("memory", memory);
    Report.output(output, node.putObject("output"));
    return node;
  }

  @Override
  public void print(PrintStream out) {
    Table table = Table.plain();
    long total = migration.path("ram").path("total").asLong();
    table.row("guest", guest + ", " + Units.bytes(total));
    table.row("status", migration.path("status").asText());
    table.row("guest is at", migration.path("x-godwit-guest").asText());
    Report.figures(migration, table);
    postcopy(arrived.path("x-godwit-postcopy"), table);
    table.row("memory", memoryProof());
    table.row("output", Report.output(output));
    table.print(out);
  }

  private void postcopy(JsonNode figures, Table table) {
    if (figures.isMissingNode()) {
      return;
    }
    table.row(
        "pages after switchover",
        "%s requested, %s in the background"
            .formatted(
                Units.count(figures.path("requested-pages").asLong()),
                Units.count(figures.path("background-pages").asLong())));
    table.row(
        "faults",
        "%s, latency %s median, %s p99, %s max"
            .formatted(
                Units.count(figures.path("faults").asLong()),
                micros(figures, "latency-median-us"),
                micros(figures, "latency-99-us"),
                micros(figures, "latency-most-us")));
    if (arrived.has("postcopy-blocktime")) {
      table.row("blocktime", arrived.path("postcopy-blocktime").asLong() + " ms");
    }
    table.row("recoveries", Units.count(figures.path("recoveries").asLong()));
  }

  private static String micros(JsonNode figures, String name) {
    return Units.time(Duration.ofNanos(figures.path(name).asLong() * 1000));
  }

  private String memoryProof() {
    String pages = Units.count(memory.path("pages").asLong());
    return memory.path("holds").asBoolean()
        ? "all " + pages + " pages that the guest computes are right at the destination"
        : "%s of %s pages are wrong: %s"
            .formatted(
                Units.count(memory.path("wrong-pages").asLong()),
                pages,
                memory.path("difference").asText("?"));
  }
}
