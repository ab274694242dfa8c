package org.godwit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image at rest, in the layout that machine.image writes. */
class ImageInspectionTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String DESCRIPTION =
      """
      {"page_size": 4096, "devices": [{"name": "timer", "instance_id": 0, "vmsd_name": "timer",\
       "version": 2, "fields": [{"name": "ticks", "type": "uint16", "size": 2}]}]}""";

  @TempDir Path image;

  private final ObjectNode manifest = MAPPER.createObjectNode();

  @BeforeEach
  void create() throws IOException {
    byte[] memory = new byte[8192];
    memory[5000] = 1;
    Files.write(image.resolve("ram-0.bin"), memory);
    Files.write(image.resolve("devices.bin"), new byte[] {1, 2});
    Files.writeString(image.resolve("vmdescription.json"), DESCRIPTION);
    manifest.put("format", "godwit-image").put("machine_type", "pc-i440fx-7.2");
    manifest.putArray("capabilities");
    manifest
        .putArray("blocks")
        .addObject()
        .put("name", "pc.ram")
        .put("length", 8192)
        .put("file", "ram-0.bin")
        .put("sha256", Digests.hex(memory));
    manifest
        .putArray("sections")
        .addObject()
        .put("idstr", "timer")
        .put("instance", 0)
        .put("version", 2)
        .put("offset", 0)
        .put("length", 2);
    save();
  }

  private void save() throws IOException {
    MAPPER.writeValue(image.resolve("image.json").toFile(), manifest);
  }

  private Inspection inspect() throws IOException {
    return ImageInspector.inspect(
        image,
        new InspectOptions(
            4096,
            Set.of(),
            Set.of(),
            0,
            Optional.empty(),
            java.util.List.of(),
            Optional.empty(),
            Optional.empty(),
            true,
            true),
        ReadProgress.NONE);
  }

  @Test
  void shouldShowBlocksSectionsAndFields() throws IOException {
    Inspection inspection = inspect();
    ObjectNode facts = inspection.toJson();
    assertEquals("pc-i440fx-7.2", facts.at("/configuration/machine").asText());
    assertEquals(8192, facts.at("/blocks/0/size").asLong());
    assertEquals(manifest.at("/blocks/0/sha256"), facts.at("/ram_sha256/pc.ram"));
    assertEquals("timer", facts.at("/sections/0/idstr").asText());
    assertEquals(2, facts.at("/sections/0/body_bytes").asInt());
    assertEquals(DESCRIPTION.length(), facts.at("/sections/1/json_bytes").asInt());
    assertEquals(0x0102, facts.at("/devices/0/fields/0/value").asInt());
    assertTrue(inspection.anomalies().isEmpty(), inspection.anomalies().toString());
    assertTrue(InspectionText.of(inspection).contains("ticks"));
  }

  @Test
  void shouldTellWhichBlockHasChanged() throws IOException {
    byte[] memory = new byte[8192];
    Files.write(image.resolve("ram-0.bin"), memory);
    Inspection inspection = inspect();
    assertTrue(inspection.anomalies().getFirst().contains("pc.ram"));
    assertEquals("ram-0.bin", inspection.damage().orElseThrow().file());
  }

  @Test
  void shouldSayInASentenceThatTheManifestIsTruncated() throws IOException {
    Files.writeString(image.resolve("image.json"), "{\n \"format\":");
    String sentence = assertThrows(IOException.class, this::inspect).getMessage();
    assertTrue(sentence.contains("is no whole JSON document"), sentence);
    assertEquals(1, sentence.lines().count(), sentence);
  }

  @Test
  void shouldNotFollowManifestOutOfTheImage() throws IOException {
    for (String file : new String[] {"../secret", "/etc/passwd", "..", ""}) {
      ((ObjectNode) manifest.at("/blocks/0")).put("file", file);
      save();
      assertThrows(IOException.class, this::inspect, file);
    }
  }

  @Test
  void shouldRefuseSectionOutsideTheFile() throws IOException {
    ((ObjectNode) manifest.at("/sections/0")).put("length", 1L << 40);
    save();
    assertThrows(IOException.class, this::inspect);
  }

  @Test
  void shouldTellThatDescriptionIsMissing() throws IOException {
    Files.delete(image.resolve("vmdescription.json"));
    assertFalse(inspect().anomalies().isEmpty());
  }
}
