package org.godwit.shell.program;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.godwit.api.machine.ImageDamage;
import org.godwit.api.machine.ImageDescription;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;

/** How images are named and shown. */
final class Images {
  private static final int LONGEST_NAME = 64;

  private Images() {}

  /** A machine name made of the last part of a directory. */
  static String nameOf(Path directory) {
    Path last = directory.getFileName();
    String name = last == null ? "" : last.toString().replaceAll("[^A-Za-z0-9._-]", "_");
    return name.isEmpty() ? "image" : name.substring(0, Math.min(name.length(), LONGEST_NAME));
  }

  static void print(ImageDescription image, PrintStream out) {
    Table head = Table.plain();
    head.row("machine type", image.machineType());
    image.uuid().ifPresent(uuid -> head.row("uuid", uuid));
    head.row("run state", image.runState().wireName());
    head.row("capabilities", String.join(", ", image.capabilities()));
    head.row("created", image.created());
    head.row("description", image.description() ? "kept" : "none sent");
    head.print(out);
    out.println();
    Table blocks = new Table("BLOCK", "SIZE", "SHA-256");
    for (ImageDescription.Block block : image.blocks()) {
      blocks.row(block.name(), Units.bytes(block.length()), block.sha256());
    }
    blocks.print(out);
    out.println();
    Table sections = new Table("SECTION", "INSTANCE", "VERSION", "BYTES");
    for (ImageDescription.Section section : image.sections()) {
      sections.row(
          section.key().idstr(), section.key().instance(), section.version(), section.length());
    }
    sections.print(out);
  }

  static ObjectNode json(ImageDescription image) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("machine_type", image.machineType());
    image.uuid().ifPresent(uuid -> node.put("uuid", uuid.toString()));
    node.put("page_bits", image.pageBits());
    node.put("run_state", image.runState().wireName());
    node.put("created", image.created().toString());
    node.put("vmdescription", image.description());
    ArrayNode capabilities = node.putArray("capabilities");
    image.capabilities().stream().sorted().forEach(capabilities::add);
    ArrayNode blocks = node.putArray("blocks");
    image.blocks().forEach(block -> blocks.add(json(block)));
    ArrayNode sections = node.putArray("sections");
    image.sections().forEach(section -> sections.add(json(section)));
    return node;
  }

  private static ObjectNode json(ImageDescription.Block block) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", block.name())
        .put("length", block.length())
        .put("file", block.file())
        .put("sha256", block.sha256());
  }

  private static ObjectNode json(ImageDescription.Section section) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("idstr", section.key().idstr())
        .put("instance", section.key().instance())
        .put("version", section.version())
        .put("length", section.length())
        .put("sha256", section.sha256());
  }

  static ArrayNode json(List<ImageDamage> damages) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (ImageDamage damage : damages) {
      list.addObject()
          .put("file", damage.file())
          .put("part", damage.part())
          .put("offset", damage.offset())
          .put("length", damage.length())
          .put("sentence", damage.sentence());
    }
    return list;
  }
}
