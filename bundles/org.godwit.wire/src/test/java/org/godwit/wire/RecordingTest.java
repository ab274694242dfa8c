package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.walk.StreamVisitor;
import org.godwit.wire.walk.StreamWalker;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every recorded stream parses to its stated facts and encodes to the same bytes again. */
class RecordingTest {

  private static final Map<String, Both> WALKED = new TreeMap<>();

  static Stream<Recording> all() {
    return Recording.all();
  }

  static Stream<Recording> described() {
    return all().filter(recording -> recording.streamFacts().has("sections"));
  }

  private static Both walk(Recording recording) throws IOException {
    Both both = WALKED.get(recording.name());
    if (both == null) {
      both = new Both();
      run(recording, both, Recording.input(recording.forward()));
      WALKED.put(recording.name(), both);
    }
    return both;
  }

  private static void run(Recording recording, StreamVisitor visitor, WireInput in)
      throws IOException {
    try (StreamWalker walker =
        new StreamWalker(in, recording.options(), recording.format(), visitor)) {
      if (ends(recording)) {
        walker.walk();
      } else {
        WireException cut = assertThrows(WireException.class, walker::walk);
        assertEquals(WireException.Kind.TRUNCATED, cut.kind());
        assertEquals(recording.forward().length, cut.offset());
      }
      if (recording.facts().has("after_initial_stream_forward")) {
        assertEquals(recording.streamFacts().get("end_offset").asLong(), in.position());
        if (visitor instanceof Reencoder) {
          walker.walkCheckpoints();
        }
      }
    }
  }

  private static boolean ends(Recording recording) {
    return !recording.name().startsWith("cancelled") && !recording.has("forward1");
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldFindConfiguration(Recording recording) throws IOException {
    JsonNode expected = recording.streamFacts().get("configuration");
    StreamFacts facts = walk(recording).facts;
    if (expected.isNull()) {
      assertEquals(null, facts.configuration);
      return;
    }
    assertEquals(expected.get("machine").asText(), facts.configuration.machineType());
    assertEquals(expected.get("bytes_after_the_8_byte_header").asLong(), facts.configurationBytes);
    for (JsonNode subsection : expected.get("subsections")) {
      switch (subsection.get("name").asText()) {
        case Configuration.UUID_NAME ->
            assertEquals(
                subsection.get("value").asText(),
                facts.configuration.uuid().get().toString().replace("-", ""));
        default ->
            assertEquals(
                subsection.get("value").get(0).asText(),
                facts.configuration.capabilities().getFirst());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void shouldFindBlocks(Recording recording) throws IOException {
    List<String> expected = new ArrayList<>();
    for (JsonNode block : recording.streamFacts().get("blocks")) {
      JsonNode mapped = block.path("mapped");
      expected.add(
          block.get("name").asText()
              + " "
              + block.get("size").asLong()
              + " "
              + block.path("page_size").asLong(0)
              + " "
              + block.path("gpa").asLong(-1)
              + " "
              + mapped.path("bitmap").asLong(0)
              + " "
              + mapped.path("pages").asLong(0));
    }
    List<String> found = new ArrayList<>();
    for (RamBlockEntry block : walk(recording).facts.blocks) {
      found.add(
          block.name()
              + " "
              + block.usedLength()
              + " "
              + block.pageSize().orElse(0)
              + " "
              + block.gpa().orElse(-1)
              + " "
              + block.mapped().map(header -> header.bitmapOffset()).orElse(0L)
              + " "
              + block.mapped().map(header -> header.pagesOffset()).orElse(0L));
    }
    assertEquals(expected, found);
  }

  @ParameterizedTest
  @MethodSource("all")
  void shouldCountPageRecords(Recording recording) throws IOException {
    JsonNode facts = recording.streamFacts();
    JsonNode expected =
        facts.has("page_records_main_channel")
            ? facts.get("page_records_main_channel")
            : facts.has("first_connection")
                ? facts.get("first_connection").get("page_records")
                : facts.get("page_records");
    Map<String, Integer> counts = new TreeMap<>();
    expected.properties().forEach(entry -> counts.put(entry.getKey(), entry.getValue().asInt()));
    assertEquals(counts, walk(recording).facts.pages);
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldCountPageRecordsOfEachBlock(Recording recording) throws IOException {
    assumeTrue(!recording.has("preempt"), "the description counts both channels");
    Map<String, Map<String, Integer>> expected = new TreeMap<>();
    for (var block : recording.streamFacts().get("page_records_per_block").properties()) {
      Map<String, Integer> counts = new TreeMap<>();
      block
          .getValue()
          .properties()
          .forEach(entry -> counts.put(entry.getKey(), entry.getValue().asInt()));
      expected.put(block.getKey(), counts);
    }
    assertEquals(expected, new TreeMap<>(walk(recording).facts.pagesOfBlock));
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldFindFirstPageRecords(Recording recording) throws IOException {
    List<String> expected = new ArrayList<>();
    for (JsonNode record : recording.streamFacts().get("first_page_records")) {
      expected.add(
          String.join(
              " ",
              record.get("offset_in_file").asText(),
              record.get("block").asText(),
              record.get("page_offset").asText(),
              record.get("kind").asText(),
              record.get("continue_flag").asText()));
    }
    List<String> found = walk(recording).facts.firstPages;
    assertEquals(expected, found.subList(0, Math.min(expected.size(), found.size())));
  }

  @ParameterizedTest
  @MethodSource("all")
  void shouldFindCommands(Recording recording) throws IOException {
    JsonNode facts = recording.streamFacts();
    JsonNode commands =
        facts.has("first_connection")
            ? facts.get("first_connection").get("commands")
            : facts.get("commands");
    List<String> expected = new ArrayList<>();
    for (JsonNode command : commands) {
      expected.add(
          command.get("cmd").asText()
              + "@"
              + command.get("offset").asLong()
              + (command.get("in_package").asBoolean() ? " in package" : ""));
    }
    assertEquals(expected, walk(recording).facts.commands);
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldFindSections(Recording recording) throws IOException {
    List<String> expected = new ArrayList<>();
    for (JsonNode section : recording.streamFacts().get("sections")) {
      expected.addAll(SectionText.of(section));
    }
    assertEquals(expected, walk(recording).facts.sections);
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldCountControlRecords(Recording recording) throws IOException {
    StreamFacts facts = walk(recording).facts;
    int onOtherChannels = recording.has("preempt") ? 1 : 0;
    assertEquals(
        recording.streamFacts().get("ram_eos_records").asInt(), facts.endRecords + onOtherChannels);
    assertEquals(
        recording.streamFacts().path("ram_multifd_flush_records").asInt(0), facts.flushRecords);
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldBuildMemory(Recording recording) throws IOException {
    assumeTrue(!recording.has("multifd1"), "pages travel on other channels");
    assumeTrue(!recording.has("preempt"), "pages travel on another channel too");
    assumeTrue(!recording.has("file"), "pages are in the file, not in records");
    Map<String, String> expected = new TreeMap<>();
    recording
        .streamFacts()
        .get("ram_sha256")
        .properties()
        .forEach(entry -> expected.put(entry.getKey(), entry.getValue().asText()));
    assertEquals(expected, new TreeMap<>(walk(recording).memory.digests()));
  }

  @ParameterizedTest
  @MethodSource("all")
  void shouldEncodeToTheSameBytes(Recording recording) throws IOException {
    assumeTrue(ends(recording), "a cut stream cannot be encoded");
    byte[] bytes = recording.forward();
    Reencoder encoder = new Reencoder(recording.options().footers());
    WireInput in = Recording.input(bytes);
    encoder.input(in);
    run(recording, encoder, in);
    assertArrayEquals(bytes, encoder.bytes());
  }
}
