package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;

/**
 * A QEMU guest moved into an image and out to another QEMU.
 *
 * @param description the hypervisor
 * @param in answer of {@code query-migrate} where the image was received
 * @param image answer of {@code image verify}
 * @param out answer of {@code query-migrate} where the image was sent
 * @param checksBefore complete memory checks of the guest before it left
 * @param checksAfter and in all its life, at the end
 * @param output the guest's output on both sides
 */
record QemuReport(
    String description,
    JsonNode in,
    JsonNode image,
    JsonNode out,
    long checksBefore,
    long checksAfter,
    OutputProof output)
    implements Report {

  @Override
  public String fault() {
    if (!image.path("undamaged").asBoolean()) {
      return "the image is damaged";
    }
    // one check may have begun before the move; the next one saw every page after it
    if (checksAfter < checksBefore + 2) {
      return "the guest did not check all of its memory after the move";
    }
    return output.fault().orElse("");
  }

  @Override
  public ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("guest", "qemu");
    node.put("hypervisor", description);
    node.put("proof", fault().isEmpty());
    node.set("in", in);
    node.set("image", image);
    node.set("out", out);
    ObjectNode memory = node.putObject("memory");
    memory.put("checks-before", checksBefore).put("checks-after", checksAfter);
    Report.output(output, node.putObject("output"));
    return node;
  }

  @Override
  public void print(PrintStream stream) {
    Table table = Table.plain();
    long total = out.path("ram").path("total").asLong();
    table.row("guest", description + ", " + Units.bytes(total));
    JsonNode received = in.path("x-godwit-ram");
    table.row("QEMU to Godwit", in.path("status").asText());
    table.row("total time", Report.millis(in, "x-godwit-total-time"));
    table.row("transferred", Units.bytes(received.path("transferred").asLong()));
    table.row("pages", Report.pages(received));
    table.row("image", image.path("undamaged").asBoolean() ? "undamaged" : "damaged");
    table.row("Godwit to QEMU", out.path("status").asText());
    Report.figures(out, table);
    table.row(
        "memory",
        "the guest has checked all of it %s times, none of them with a wrong page; %s before the move"
            .formatted(Units.count(checksAfter), Units.count(checksBefore)));
    table.row("output", Report.output(output));
    table.print(stream);
  }
}
