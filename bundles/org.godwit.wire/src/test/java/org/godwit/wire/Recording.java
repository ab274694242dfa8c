package org.godwit.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.godwit.wire.multifd.MultifdCompression;
import org.godwit.wire.ram.RamFormat;

/** One recorded migration: its files and the facts that a decoder must find. */
public record Recording(String name, JsonNode facts) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  public static Path root() {
    try {
      return Path.of(Recording.class.getResource("/vectors").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static Stream<Recording> all() {
    try (Stream<Path> directories = Files.list(root())) {
      return directories
          .filter(directory -> Files.exists(directory.resolve("vector.json")))
          .map(directory -> of(directory.getFileName().toString()))
          .sorted((a, b) -> a.name.compareTo(b.name))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Recording of(String name) {
    return new Recording(name, json(name + "/vector.json"));
  }

  public static JsonNode json(String path) {
    try {
      return MAPPER.readTree(root().resolve(path).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean has(String file) {
    return Files.exists(root().resolve(name).resolve(file + ".bin.gz"));
  }

  public byte[] bytes(String file) {
    Path path = root().resolve(name).resolve(file + ".bin.gz");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(path))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] forward() {
    return bytes(has("file") ? "file" : has("forward1") ? "forward1" : "forward");
  }

  /** Facts of the initial stream, where the recording goes on behind it. */
  public JsonNode streamFacts() {
    return facts.has("initial_stream") ? facts.get("initial_stream") : facts;
  }

  private Set<String> strings(String option) {
    Set<String> names = new HashSet<>();
    facts.path("parser_options").path(option).forEach(node -> names.add(node.asText()));
    return names;
  }

  public ReaderOptions options() {
    Set<String> capabilities = strings("capabilities");
    if (name.startsWith("colo")) {
      capabilities.add("x-colo");
    }
    ReaderOptions options = ReaderOptions.DEFAULT.withCapabilities(capabilities);
    return facts.path("parser_options").path("section_footers").asBoolean(true)
        ? options
        : options.forOldMachine();
  }

  public RamFormat format() {
    RamFormat format = RamFormat.DEFAULT;
    Set<String> capabilities = strings("capabilities");
    if (capabilities.contains("x-ignore-shared")) {
      format = format.withAddresses();
    }
    if (capabilities.contains("mapped-ram")) {
      format = format.withMappedRam();
    }
    return format.withBlocksWithPageSize(strings("blocks_with_page_size_field"));
  }

  public MultifdCompression compression() {
    return "zlib".equals(facts.path("parser_options").path("multifd_compression").asText())
        ? MultifdCompression.ZLIB
        : MultifdCompression.NONE;
  }

  /** A small staging memory, so that items straddle its end. */
  public static StagedInput input(byte[] bytes) {
    MemorySegment all = MemorySegment.ofArray(bytes);
    long[] at = {0};
    ByteSource source =
        (into, offset, length) -> {
          if (at[0] == bytes.length) {
            return -1;
          }
          long count = Math.min(Math.min(length, 7919), bytes.length - at[0]);
          MemorySegment.copy(all, at[0], into, offset, count);
          at[0] += count;
          return count;
        };
    return new StagedInput(source, MemorySegment.ofArray(new byte[16 * 1024]));
  }

  @Override
  public String toString() {
    return name;
  }
}
