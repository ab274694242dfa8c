package org.godwit.machine.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.savestate.SectionKey;

/**
 * Reads {@code image.json} and believes nothing in it: an image may come from anywhere, so names,
 * lengths and offsets are checked before they reach the file system or memory.
 */
final class ManifestReader {
  /** A manifest of a terabyte of guest memory has about 1 MiB. */
  static final long MAX_BYTES = 64 << 20;

  private static final int MAX_BLOCKS = 4096;
  private static final int MAX_SECTIONS = 65536;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  private ManifestReader(Path file) {
    this.file = file;
  }

  static Manifest read(Path directory) throws MachineException {
    Path file = directory.resolve(ImageFiles.MANIFEST);
    if (!Files.isRegularFile(file)) {
      throw new MachineException(directory + " is no image: it has no file " + ImageFiles.MANIFEST);
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new MachineException(file + " has more than " + MAX_BYTES + " bytes");
      }
      return new ManifestReader(file).manifest(JSON.readTree(Files.readAllBytes(file)));
    } catch (JsonProcessingException e) {
      // its message would name Java classes and go over two lines
      throw new MachineException(
          file
              + " is no whole JSON document: it breaks off or is wrong at line "
              + e.getLocation().getLineNr(),
          e);
    } catch (IOException e) {
      throw new MachineException(file + " cannot be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new MachineException(file + " cannot be understood: " + e.getMessage(), e);
    }
  }

  private Manifest manifest(JsonNode root) throws MachineException {
    if (!text(root, "format").equals(ManifestWriter.FORMAT)) {
      throw wrong("format is \"" + text(root, "format") + "\", not " + ManifestWriter.FORMAT);
    }
    if (number(root, "version") != ManifestWriter.VERSION) {
      throw wrong(
          "it has format version " + number(root, "version") + ", this Godwit reads version 1");
    }
    JsonNode uuid = root.path("uuid");
    Set<String> capabilities = new HashSet<>();
    for (JsonNode name : array(root, "capabilities", 64)) {
      capabilities.add(name.asText());
    }
    return new Manifest(
        text(root, "machine_type"),
        traits(root.path("traits")),
        (int) number(root, "page_bits"),
        capabilities,
        uuid.isTextual() ? Optional.of(UUID.fromString(uuid.asText())) : Optional.empty(),
        RunStates.of(text(root, "run_state")),
        Instant.parse(text(root, "created")),
        blocks(root),
        sections(root),
        root.has("vmdescription")
            ? Optional.of(description(root.path("vmdescription")))
            : Optional.empty());
  }

  private StreamTraits traits(JsonNode node) throws MachineException {
    return new StreamTraits(
        truth(node, "configuration"), truth(node, "footers"), truth(node, "switchover_start"));
  }

  private List<Manifest.Block> blocks(JsonNode root) throws MachineException {
    if (number(root, "chunk_size") != ContentDigest.CHUNK) {
      throw wrong("chunk_size is not " + ContentDigest.CHUNK);
    }
    List<Manifest.Block> blocks = new ArrayList<>();
    Set<String> files = new HashSet<>();
    for (JsonNode node : array(root, "blocks", MAX_BLOCKS)) {
      Manifest.Block block = block(node);
      if (!ImageFiles.isRam(block.file()) || !files.add(block.file())) {
        throw wrong("block \"" + block.name() + "\" has the file \"" + block.file() + "\"");
      }
      blocks.add(block);
    }
    return blocks;
  }

  private Manifest.Block block(JsonNode node) throws MachineException {
    long length = number(node, "length");
    if (length <= 0 || length % 4096 != 0) {
      throw wrong("block \"" + text(node, "name") + "\" has length " + length);
    }
    boolean sealed = node.has("sha256");
    return new Manifest.Block(
        text(node, "name"),
        length,
        number(node, "page_size"),
        number(node, "guest_address"),
        text(node, "file"),
        sealed ? digest(node) : "",
        sealed ? chunks(text(node, "chunks_crc32c"), length) : List.of());
  }

  private List<Integer> chunks(String text, long length) throws MachineException {
    long expected = (length + ContentDigest.CHUNK - 1) / ContentDigest.CHUNK;
    if (text.length() != expected * 8) {
      throw wrong("chunks_crc32c has " + text.length() + " digits instead of " + expected * 8);
    }
    Integer[] sums = new Integer[(int) expected];
    Arrays.setAll(sums, i -> Integer.parseUnsignedInt(text.substring(i * 8, i * 8 + 8), 16));
    return List.of(sums);
  }

  private List<Manifest.Section> sections(JsonNode root) throws MachineException {
    List<Manifest.Section> sections = new ArrayList<>();
    long next = 0;
    for (JsonNode node : array(root, "sections", MAX_SECTIONS)) {
      SectionKey key = new SectionKey(text(node, "idstr"), number(node, "instance"));
      long offset = number(node, "offset");
      long length = number(node, "length");
      if (offset != next || length < 0 || length > Integer.MAX_VALUE) {
        throw wrong("section " + key + " has offset " + offset + " and length " + length);
      }
      next += length;
      int version = (int) number(node, "version");
      sections.add(new Manifest.Section(key, version, offset, length, digest(node), early(node)));
    }
    return sections;
  }

  /** Most images have no early section, and older ones do not tell. */
  private boolean early(JsonNode node) throws MachineException {
    return node.has("early") && truth(node, "early");
  }

  private Manifest.Text description(JsonNode node) throws MachineException {
    return new Manifest.Text(number(node, "length"), digest(node));
  }

  private String digest(JsonNode node) throws MachineException {
    String digest = text(node, "sha256");
    if (!digest.matches("[0-9a-f]{64}")) {
      throw wrong("\"" + digest + "\" is no SHA-256 digest");
    }
    return digest;
  }

  private JsonNode array(JsonNode node, String field, int limit) throws MachineException {
    JsonNode found = node.path(field);
    if (!found.isArray() || found.size() > limit) {
      throw wrong(field + " is no list of at most " + limit + " entries");
    }
    return found;
  }

  private String text(JsonNode node, String field) throws MachineException {
    JsonNode found = node.path(field);
    if (!found.isTextual()) {
      throw wrong("the text \"" + field + "\" is missing");
    }
    return found.asText();
  }

  private long number(JsonNode node, String field) throws MachineException {
    JsonNode found = node.path(field);
    if (!found.isIntegralNumber() || !found.canConvertToLong()) {
      throw wrong("the number \"" + field + "\" is missing");
    }
    return found.asLong();
  }

  private boolean truth(JsonNode node, String field) throws MachineException {
    JsonNode found = node.path(field);
    if (!found.isBoolean()) {
      throw wrong("the truth value \"" + field + "\" is missing");
    }
    return found.asBoolean();
  }

  private MachineException wrong(String what) {
    return new MachineException(file + " cannot be understood: " + what);
  }
}
