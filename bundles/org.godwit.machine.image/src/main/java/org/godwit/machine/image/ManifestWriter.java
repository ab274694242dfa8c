package org.godwit.machine.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Turns a manifest into JSON. */
final class ManifestWriter {
  static final String FORMAT = "godwit-image";
  static final int VERSION = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private ManifestWriter() {}

  static byte[] write(Manifest manifest) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.put("version", VERSION);
    root.put("created", manifest.created().toString());
    root.put("machine_type", manifest.machineType());
    ObjectNode traits = root.putObject("traits");
    traits.put("configuration", manifest.traits().configuration());
    traits.put("footers", manifest.traits().footers());
    traits.put("switchover_start", manifest.traits().switchoverStart());
    root.put("page_bits", manifest.pageBits());
    ArrayNode capabilities = root.putArray("capabilities");
    manifest.capabilities().stream().sorted().forEach(capabilities::add);
    manifest.uuid().ifPresent(uuid -> root.put("uuid", uuid.toString()));
    root.put("run_state", manifest.runState().wireName());
    root.put("chunk_size", ContentDigest.CHUNK);
    ArrayNode blocks = root.putArray("blocks");
    manifest.blocks().forEach(block -> write(block, blocks.addObject()));
    ArrayNode sections = root.putArray("sections");
    manifest.sections().forEach(section -> write(section, sections.addObject()));
    manifest.description().ifPresent(text -> write(text, root.putObject("vmdescription")));
    return (JSON.writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static void write(Manifest.Block block, ObjectNode node) {
    node.put("name", block.name());
    node.put("length", block.length());
    node.put("page_size", block.pageSize());
    node.put("guest_address", block.guestAddress());
    node.put("file", block.file());
    if (block.sha256().isEmpty()) {
      return;
    }
    node.put("sha256", block.sha256());
    StringBuilder chunks = new StringBuilder();
    block.chunks().forEach(sum -> chunks.append(String.format("%08x", sum)));
    node.put("chunks_crc32c", chunks.toString());
  }

  private static void write(Manifest.Section section, ObjectNode node) {
    node.put("idstr", section.key().idstr());
    node.put("instance", section.key().instance());
    node.put("version", section.version());
    node.put("offset", section.offset());
    node.put("length", section.length());
    node.put("sha256", section.sha256());
    if (section.early()) {
      node.put("early", true);
    }
  }

  private static void write(Manifest.Text text, ObjectNode node) {
    node.put("length", text.length());
    node.put("sha256", text.sha256());
  }
}
