package org.godwit.inspect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.godwit.wire.Configuration;
import org.godwit.wire.WireException;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceState;
import org.godwit.wire.description.VmDescription;
import org.godwit.wire.description.VmDescriptionCodec;

/** Reads an image at rest and says what is in it, under the names used for recordings. */
final class ImageInspector {

  private static final String MANIFEST = "image.json";
  private static final int CHUNK = 1 << 20;
  private static final int MOST_JSON = 16 << 20;

  private final Path directory;
  private final InspectOptions options;
  private final ReadProgress progress;
  private final ObjectNode facts = JsonNodeFactory.instance.objectNode();
  private final List<String> anomalies = new ArrayList<>();
  private Optional<Damage> damage = Optional.empty();

  private ImageInspector(Path directory, InspectOptions options, ReadProgress progress) {
    this.directory = directory;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Reads an image.
   *
   * @param directory the image's directory
   * @param options whether devices are decoded and memory is digested
   * @param progress is told how far it has come
   * @return what was found; the first file that is not as its manifest says counts as damage
   * @throws IOException when it is no image or a file cannot be read
   */
  static Inspection inspect(Path directory, InspectOptions options, ReadProgress progress)
      throws IOException {
    return new ImageInspector(directory, options, progress).inspect();
  }

  private Inspection inspect() throws IOException {
    JsonNode manifest = manifest();
    facts.set("configuration", configuration(manifest));
    blocks(manifest);
    List<DeviceSection> sections = sections(manifest);
    describe(sections, description());
    return new Inspection(facts, anomalies, damage);
  }

  private JsonNode manifest() throws IOException {
    Path path = directory.resolve(MANIFEST);
    if (!Files.isRegularFile(path)) {
      throw new IOException(directory + " is no image: it has no " + MANIFEST + ".");
    }
    if (Files.size(path) > MOST_JSON) {
      throw new IOException(path + " is larger than any manifest.");
    }
    JsonNode manifest = parsed(path);
    if (!manifest.path("format").asText().equals("godwit-image")) {
      throw new IOException(path + " is no manifest of an image.");
    }
    return manifest;
  }

  private static JsonNode parsed(Path path) throws IOException {
    try {
      return new ObjectMapper().readTree(path.toFile());
    } catch (JsonProcessingException e) {
      throw new IOException(
          path
              + " is no whole JSON document: it breaks off or is wrong at line "
              + e.getLocation().getLineNr(),
          e);
    }
  }

  /** All files are looked at; the first damage is the one that the status tells. */
  private void damaged(JsonNode block, long offset, String sentence) {
    anomalies.add(sentence);
    damage =
        damage.or(() -> Optional.of(new Damage(block.path("file").asText(), offset, sentence)));
  }

  private static JsonNode configuration(JsonNode manifest) {
    if (!manifest.path("traits").path("configuration").asBoolean(true)) {
      return JsonNodeFactory.instance.nullNode();
    }
    List<String> capabilities = new ArrayList<>();
    manifest.path("capabilities").forEach(name -> capabilities.add(name.asText()));
    Optional<UUID> uuid =
        manifest.has("uuid")
            ? Optional.of(UUID.fromString(manifest.get("uuid").asText()))
            : Optional.empty();
    ObjectNode node =
        ConfigurationFacts.of(
            new Configuration(
                manifest.path("machine_type").asText(), OptionalInt.empty(), capabilities, uuid),
            0);
    node.remove("bytes_after_the_8_byte_header");
    return node;
  }

  private void blocks(JsonNode manifest) throws IOException {
    ArrayNode blocks = facts.putArray("blocks");
    ObjectNode digests = JsonNodeFactory.instance.objectNode();
    for (JsonNode block : manifest.path("blocks")) {
      String name = block.path("name").asText();
      long length = block.path("length").asLong();
      blocks.addObject().put("name", name).put("size", length);
      Path file = inside(block.path("file").asText());
      if (Files.size(file) != length) {
        long size = Files.size(file);
        damaged(
            block,
            Math.min(size, length),
            "RAM block " + name + " has " + size + " bytes in its file.");
      }
      if (options.digests()) {
        String digest = sha256(file);
        digests.put(name, digest);
        if (block.has("sha256") && !digest.equals(block.get("sha256").asText())) {
          damaged(block, 0, "RAM block " + name + " does not have the digest of its manifest.");
        }
      }
    }
    if (options.digests()) {
      facts.set("ram_sha256", digests);
    }
  }

  /** A manifest may name files of its own directory only. */
  private Path inside(String file) throws IOException {
    if (!file.matches("[A-Za-z0-9._-]+") || file.startsWith(".")) {
      throw new IOException("The manifest names a file outside the image: \"" + file + "\".");
    }
    return directory.resolve(file);
  }

  private String sha256(Path path) throws IOException {
    MessageDigest digest = Digests.sha256();
    java.nio.ByteBuffer buffer = java.nio.ByteBuffer.allocateDirect(CHUNK);
    try (FileChannel file = FileChannel.open(path)) {
      while (file.read(buffer) >= 0) {
        progress.at("digesting", file.position(), file.size());
        digest.update(buffer.flip());
        buffer.clear();
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private List<DeviceSection> sections(JsonNode manifest) throws IOException {
    List<DeviceSection> sections = new ArrayList<>();
    Path path = directory.resolve("devices.bin");
    try (FileChannel file = FileChannel.open(path)) {
      for (JsonNode section : manifest.path("sections")) {
        long offset = section.path("offset").asLong(-1);
        long length = section.path("length").asLong(-1);
        if (offset < 0 || length < 0 || offset > file.size() || length > file.size() - offset) {
          throw new IOException("A section of the manifest lies outside " + path + ".");
        }
        sections.add(
            new DeviceSection(
                offset,
                sections.size(),
                section.path("idstr").asText(),
                section.path("instance").asLong(),
                section.path("version").asLong(),
                read(file, offset, Math.toIntExact(length))));
      }
    }
    return sections;
  }

  private static byte[] read(FileChannel file, long offset, int length) throws IOException {
    java.nio.ByteBuffer buffer = java.nio.ByteBuffer.allocate(length);
    while (buffer.hasRemaining() && file.read(buffer, offset + buffer.position()) >= 0) {
      // Until all is there.
    }
    return buffer.array();
  }

  private Optional<byte[]> description() throws IOException {
    Path path = directory.resolve("vmdescription.json");
    if (!Files.isRegularFile(path)) {
      anomalies.add("There is no vmdescription.");
      return Optional.empty();
    }
    if (Files.size(path) > MOST_JSON) {
      throw new IOException(path + " is larger than any vmdescription.");
    }
    return Optional.of(Files.readAllBytes(path));
  }

  private void describe(List<DeviceSection> sections, Optional<byte[]> json) throws IOException {
    SectionFacts list = new SectionFacts();
    sections.forEach(section -> list.device(section, false));
    // Offsets of an image are those inside its own file, not those of a stream.
    list.list().forEach(node -> ((ObjectNode) node).remove(List.of("section_id", "offset")));
    json.ifPresent(
        text -> list.list().addObject().put("type", "VMDESC").put("json_bytes", text.length));
    facts.set("sections", list.list());
    if (json.isPresent()) {
      devices(sections, json.get());
    }
  }

  private void devices(List<DeviceSection> sections, byte[] json) throws IOException {
    DeviceFacts devices = new DeviceFacts(options.devices());
    try {
      VmDescription description = VmDescriptionCodec.parse(json, 0);
      devices.add(
          new DeviceState(sections, 0, Optional.of(json), Optional.of(description), List.of()));
    } catch (WireException e) {
      anomalies.add("The devices do not fit their description. " + e.getMessage());
    }
    devices.describe(facts);
  }
}
