package org.godwit.machine.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.MachineException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guests of an image that run elsewhere without all of their memory: a file {@code
 * departed-ID.json} beside the image for each, with digests of what the image was. The image itself
 * never changes by it. Thread-safe, also between processes: each guest has its own file.
 */
final class DepartureNotes implements Departures {
  private static final Logger LOG = LoggerFactory.getLogger(DepartureNotes.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PATTERN = "departed-*.json";
  private static final long LONGEST = 64 << 10;

  private final Path directory;
  private final Manifest manifest;
  // guarded by this
  private Optional<Path> note = Optional.empty();

  DepartureNotes(Path directory, Manifest manifest) {
    this.directory = directory;
    this.manifest = manifest;
  }

  @Override
  public synchronized void departs(String to) {
    Path file = directory.resolve("departed-" + UUID.randomUUID() + ".json");
    ObjectNode content = JSON.createObjectNode();
    content.put("image", image());
    content.put("memory", memory());
    content.put("to", to);
    content.put("at", Instant.now().toString());
    try {
      Path _ = Files.write(file, JSON.writeValueAsBytes(content));
      ImageFiles.sync(file);
      ImageFiles.sync(directory);
      note = Optional.of(file);
    } catch (IOException e) {
      LOG.warn(
          "Only this process can send the guest of {} its memory: {}", directory, e.toString());
    }
  }

  @Override
  public synchronized boolean noted() {
    return note.isPresent();
  }

  @Override
  public synchronized void settled() {
    try {
      if (note.isPresent()) {
        boolean _ = Files.deleteIfExists(note.get());
      }
    } catch (IOException e) {
      LOG.warn("{} remains although nobody waits: {}", note, e.toString());
    }
    note = Optional.empty();
  }

  @Override
  public synchronized void find() throws MachineException {
    boolean any = false;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PATTERN)) {
      for (Path file : files) {
        any = true;
        if (matches(file)) {
          note = Optional.of(file);
          return;
        }
      }
    } catch (IOException e) {
      throw new MachineException("The notes of image " + directory + " cannot be read: " + e, e);
    }
    throw new MachineException(
        any
            ? "Image "
                + directory
                + " is not what it was when its guest left; it would get wrong memory"
            : "No guest of image "
                + directory
                + " waits for memory: none has left by postcopy from it");
  }

  /** A file that is being written, damaged or of another image is none. */
  private boolean matches(Path file) throws IOException {
    if (Files.size(file) > LONGEST) {
      return false;
    }
    JsonNode content;
    try {
      content = JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      LOG.warn("{} is not used: {}", file, e.getOriginalMessage());
      return false;
    }
    String then = content.path("memory").asText();
    String now = memory();
    return content.path("image").asText().equals(image())
        && (then.isEmpty() || now.isEmpty() || then.equals(now));
  }

  /** Digest of all but the memory: it does not change when the digests of the memory are known. */
  private String image() {
    return digest(
        String.join(
            "\n",
            manifest.created().toString(),
            manifest.machineType(),
            manifest.uuid().toString(),
            manifest.blocks().stream()
                .map(block -> block.name() + " " + block.length())
                .collect(Collectors.joining("\n")),
            manifest.sections().stream()
                .map(section -> section.key() + " " + section.sha256())
                .collect(Collectors.joining("\n"))));
  }

  /** Digest of the memory; empty as long as it is not known. */
  private String memory() {
    return manifest.sealed()
        ? digest(
            manifest.blocks().stream()
                .map(Manifest.Block::sha256)
                .collect(Collectors.joining("\n")))
        : "";
  }

  private static String digest(String text) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
