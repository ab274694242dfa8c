package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Settings;
import org.godwit.it.EngineContainer;
import org.godwit.machine.qemu.QemuMigrationInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dirty bitmaps of a qcow2 disk go from QEMU into an image and on to QEMU. */
@Timeout(180)
class QemuBitmapIT {
  private static final long WRITTEN = 192 << 10;

  /** So little that the bitmap, unlike the memory, does not fit into the downtime limit. */
  private static final long SLOW = 2 << 20;

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

  private Path disk() {
    return directory.resolve("disk.qcow2");
  }

  @BeforeEach
  void makeDisk() throws Exception {
    String disk = disk().toString();
    run("qemu-img", "create", "-q", "-f", "qcow2", disk, "64G");
    run("qemu-img", "bitmap", "--add", "-g", "4096", disk, "changed");
    run("qemu-io", "-f", "qcow2", "-c", "write 0 64k", "-c", "write 32G 128k", disk);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(0, process.waitFor(), String.join(" ", command));
  }

  private String[] blocks() {
    return new String[] {
      "-blockdev",
      "driver=file,filename=" + disk() + ",node-name=file0",
      "-blockdev",
      "driver=qcow2,file=file0,node-name=q0",
      "-device",
      "virtio-blk-pci,drive=q0"
    };
  }

  private TestGuest running(QemuRelease release) throws IOException {
    return TestGuest.start(TestGuest.command(release, GuestMachine.PC, directory).with(blocks()));
  }

  private TestGuest waiting(QemuRelease release) throws IOException {
    return TestGuest.start(
        TestGuest.command(release, GuestMachine.PC, directory).with(blocks()).waitForGuest());
  }

  @ParameterizedTest
  @CsvSource({
    "V7_2, false, true",
    "V7_2, true, true",
    "V7_2, true, false",
    "V10_0, false, true",
    "V10_0, true, true",
    "V10_0, true, false"
  })
  void shouldCarryBitmapsThroughAnImage(QemuRelease release, boolean postcopy, boolean returnPath)
      throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, returnPath);
    Settings settings = trip.settings().with(Capability.DIRTY_BITMAPS, true);
    String before;
    try (TestGuest source = running(release)) {
      source.awaitRounds(3);
      // writes of the running guest itself are not what this test is about
      source.stop();
      Migration incoming = trip.receive(settings, Map.of());
      send(source, incoming, postcopy, returnPath);
      assertEquals(postcopy, source.migration().statuses().contains("postcopy-active"));
      MigrationOutcome outcome = QemuImageRoundTrip.outcome(incoming);
      assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
      outcome.machine().orElseThrow().close();
      trip.assertSameMemory(GuestMachine.PC, source);
      before = source.output();
    }
    assertEquals(List.of(), engine.images().verify(trip.image(), WorkListener.NOBODY));
    try (TestGuest destination = waiting(release)) {
      destination.migration().capability("dirty-bitmaps", true);
      destination.migration().capability("return-path", returnPath);
      String uri = destination.listen();
      trip.arrived(destination, trip.send(uri, settings));
      assertBitmap(destination);
      destination.go();
      destination.awaitRounds(3);
      TestGuest.assertContinuous(before, destination.output());
    }
  }

  private static void send(
      TestGuest source, Migration incoming, boolean postcopy, boolean returnPath) throws Exception {
    source.migration().capability("dirty-bitmaps", true);
    source.migration().capability("return-path", returnPath);
    source.migration().parameter("max-bandwidth", postcopy ? SLOW : 1L << 40);
    if (!postcopy) {
      // QEMU counts the bitmap as what is left, and never gets below what the downtime allows
      source.migration().parameter("downtime-limit", 1_000_000);
    }
    source.migration().migrate(incoming.endpoint().toString());
    if (postcopy) {
      source.migration().startPostcopy();
    }
    QemuMigrationInfo end = source.migration().awaitEnd(TestGuest.LIMIT);
    assertEquals("completed", end.status(), end.toString());
  }

  private static void assertBitmap(TestGuest guest) throws IOException {
    JsonNode nodes = guest.qemu().qmp().execute("query-named-block-nodes");
    for (JsonNode node : nodes) {
      if (node.path("node-name").asText().equals("q0")) {
        JsonNode bitmap = node.path("dirty-bitmaps").path(0);
        assertEquals("changed", bitmap.path("name").asText(), node::toString);
        assertEquals(WRITTEN, bitmap.path("count").asLong(), node::toString);
        assertEquals(4096, bitmap.path("granularity").asLong());
        assertTrue(bitmap.path("recording").asBoolean());
        return;
      }
    }
    throw new AssertionError("no node q0 in " + nodes);
  }
}
