package org.godwit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The report on every recording says what its description says, field by field. */
class RecordingInspectionTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** The master copy of the recordings. */
  private static final Path ROOT = Path.of("../org.godwit.wire/src/test/resources/vectors");

  /** What a description tells beyond the recorded bytes, or in another form. */
  private static final Set<String> NOT_IN_THE_BYTES =
      Set.of(
          "name",
          "title",
          "how_made",
          "parser_options",
          "notes",
          "qmp_events",
          "source_statistics",
          "source_final_status",
          "checked",
          "files",
          "expected",
          "return_path_hex",
          "destination_bitmaps");

  /** Only in recordings of a recovery, whose first connection is described in summary. */
  private static final Set<String> OF_RECOVERY =
      Set.of(
          "first_connection",
          "first_connection_return_path",
          "first_connection_cut",
          "preempt_channel_1_page_records",
          "received_bitmaps_checked",
          "second_connection_return_path");

  /** Objects to which the report adds fields of its own. */
  private static final Set<String> PARTLY =
      Set.of("initial_stream", "second_connection", "configuration");

  static Stream<String> names() throws IOException {
    try (Stream<Path> directories = Files.list(ROOT)) {
      return directories
          .filter(directory -> Files.exists(directory.resolve("vector.json")))
          .map(directory -> directory.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    }
  }

  private static JsonNode description(String name) throws IOException {
    return MAPPER.readTree(ROOT.resolve(name).resolve("vector.json").toFile());
  }

  private static Optional<Path> file(String name, String file) {
    Path path = ROOT.resolve(name).resolve(file + ".bin.gz");
    return Files.exists(path) ? Optional.of(path) : Optional.empty();
  }

  private static Path stream(String name) {
    return file(name, "forward")
        .or(() -> file(name, "forward1"))
        .or(() -> file(name, "file"))
        .orElseThrow();
  }

  private static InspectOptions options(String name) throws IOException {
    JsonNode parser = description(name).path("parser_options");
    List<Path> multifd = new ArrayList<>();
    file(name, "multifd1").ifPresent(multifd::add);
    file(name, "multifd2").ifPresent(multifd::add);
    return new InspectOptions(
        parser.path("target_page_size").asInt(),
        strings(parser.path("capabilities")),
        strings(parser.path("blocks_with_page_size_field")),
        0,
        file(name, "return").or(() -> file(name, "return1")),
        multifd,
        file(name, "preempt"),
        file(name, "forward2"),
        true,
        true);
  }

  private static Set<String> strings(JsonNode list) {
    Set<String> strings = new HashSet<>();
    list.forEach(node -> strings.add(node.asText()));
    return strings;
  }

  private static JsonNode inspect(String name) throws IOException {
    Inspection inspection = StreamInspector.inspect(stream(name), options(name), ReadProgress.NONE);
    // Numbers compare as a reader of the text sees them.
    return MAPPER.readTree(MAPPER.writeValueAsBytes(inspection.toJson()));
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldSayWhatTheDescriptionSays(String name) throws IOException {
    JsonNode expected = description(name);
    JsonNode found = inspect(name);
    assertEquals(
        name.startsWith("cancelled"), found.has("damage"), found.path("damage").toString());
    for (var field : expected.properties()) {
      boolean comparable =
          !NOT_IN_THE_BYTES.contains(field.getKey()) && !OF_RECOVERY.contains(field.getKey());
      if (comparable) {
        JsonNode value = found.path(field.getKey());
        if (value instanceof ObjectNode object && PARTLY.contains(field.getKey())) {
          object.retain(fieldNames(field.getValue()));
          comparePages(field.getValue(), object);
        }
        assertEquals(pretty(field.getValue()), pretty(value), field.getKey());
      }
    }
  }

  /** The first records are described in more or less detail. */
  private static void comparePages(JsonNode expected, ObjectNode found) {
    JsonNode first = expected.path("first_page_records");
    for (int i = 0; i < first.size(); i++) {
      ObjectNode record = (ObjectNode) found.get("first_page_records").get(i);
      record.retain(fieldNames(first.get(i)));
      assertEquals(first.get(i).toString(), record.toString());
    }
    ((ObjectNode) expected).remove("first_page_records");
    found.remove("first_page_records");
  }

  private static Set<String> fieldNames(JsonNode node) {
    Set<String> names = new HashSet<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static String pretty(JsonNode node) throws IOException {
    return MAPPER
        .writer()
        .with(com.fasterxml.jackson.databind.SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
        .withDefaultPrettyPrinter()
        .writeValueAsString(MAPPER.treeToValue(node, Object.class));
  }

  @Test
  void shouldShowBothConnectionsOfRecovery() throws IOException {
    JsonNode expected = description("recover-7.2");
    JsonNode found = inspect("recover-7.2");
    JsonNode first = expected.get("first_connection");
    assertEquals(first.get("page_records"), found.get("page_records"));
    assertEquals(pretty(first.get("commands")), pretty(found.get("commands")));
    assertEquals(
        pretty(expected.get("first_connection_return_path")), pretty(found.get("return_path")));
    assertTrue(found.get("first_connection_cut").asText().contains("1797698"));
  }

  @Test
  void shouldShowEverythingUpToTheDamage() throws IOException {
    JsonNode found = inspect("cancelled-7.2");
    assertEquals(642416, found.get("damage").get("offset").asLong());
    assertTrue(found.get("damage").get("reason").asText().contains("end of the input"));
    assertEquals(6, found.get("sections").size());
  }

  @Test
  void shouldDecodeDeviceFields() throws IOException {
    JsonNode timer = inspect("precopy-running-7.2").get("devices").get(0);
    assertEquals("timer", timer.get("name").asText());
    assertEquals("cpu_ticks_offset", timer.get("fields").get(0).get("path").asText());
    assertEquals(0x16871cceL, timer.get("fields").get(0).get("value").asLong());
  }
}
