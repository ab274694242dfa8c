package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import org.godwit.api.machine.ImageDescription;
import org.godwit.api.migration.Migration;
import org.godwit.it.EngineContainer;
import org.godwit.it.program.Godwit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code godwit inspect} on what QEMU 10.0 writes, compared with what an image makes of it. */
@Timeout(180)
class QemuInspectIT {
  @TempDir static Path storage;
  @TempDir Path directory;

  private static EngineContainer engine;

  @BeforeAll
  static void startEngine() throws Exception {
    engine = EngineContainer.start(storage);
  }

  @AfterAll
  static void stopEngine() throws Exception {
    engine.close();
  }

  @Tag("full")
  @ParameterizedTest
  @CsvSource({
    "PC, file:",
    "PC, exec:cat >",
    "Q35, file:",
    "Q35, exec:cat >",
    "MICROVM, file:",
    "MICROVM, exec:cat >",
  })
  void shouldFindEverythingAndNothingOdd(GuestMachine machine, String way) throws Exception {
    Path file = directory.resolve("stream");
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, false);
    try (TestGuest source = TestGuest.running(QemuRelease.V10_0, machine, directory)) {
      source.awaitRounds(2);
      source.migration().parameter("max-bandwidth", 1L << 40);
      source.migration().migrate(way + file);
      assertEquals("completed", source.migration().awaitEnd(TestGuest.LIMIT).status());
      Migration incoming = trip.receive("file:" + file, trip.settings(), Map.of());
      String _ = trip.received(source, incoming);
      trip.assertSameMemory(machine, source);
    }
    assertSame(engine.images().describe(trip.image()), inspect(file));
  }

  private JsonNode inspect(Path file) throws Exception {
    try (Godwit inspect = Godwit.start(directory, "inspect", "--json", file.toString())) {
      assertEquals(0, inspect.await(), inspect.err());
      assertEquals("", inspect.err());
      return new ObjectMapper().readTree(inspect.out());
    }
  }

  private static void assertSame(ImageDescription image, JsonNode found) {
    assertTrue(found.path("anomalies").isArray(), found::toString);
    assertTrue(found.path("anomalies").isEmpty(), () -> found.path("anomalies").toString());
    assertFalse(found.has("damage"), found::toString);
    assertEquals(image.machineType(), found.at("/configuration/machine").asText());
    assertEquals(image.blocks().size(), found.path("ram_sha256").size(), found::toString);
    for (ImageDescription.Block block : image.blocks()) {
      assertEquals(block.sha256(), found.path("ram_sha256").path(block.name()).asText());
    }
  }
}
