package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.godwit.api.machine.ImageDescription;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.transport.Endpoint;
import org.godwit.it.EngineContainer;
import org.godwit.it.Statuses;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recorded postcopy streams of QEMU go into an image. */
@Timeout(120)
class PostcopyReplayIT {
  private static final Path VECTORS =
      Path.of(System.getProperty("it.root", ".."))
          .resolve("bundles/org.godwit.wire/src/test/resources/vectors");
  private static final byte[] SHUT = HexFormat.of().parseHex("0001000400000000");

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postcopy-7.2",
        "postcopy-10.0",
        "postcopy-discard-7.2",
        "postcopy-hugepages-7.2",
      })
  void shouldReceiveARecordedPostcopyIntoAnImage(String vector) throws Exception {
    Migration incoming = receive();
    byte[] answers = play(incoming.endpoint(), bytes(vector, "forward"));
    assertArrayEquals(SHUT, Arrays.copyOfRange(answers, answers.length - 8, answers.length));
    assertCompleted(incoming, vector);
  }

  @Test
  void shouldReceiveARecordedRecoveryIntoAnImage() throws Exception {
    Migration incoming = receive();
    Statuses statuses = Statuses.of(incoming);
    byte[] _ = play(incoming.endpoint(), bytes("recover-7.2", "forward1"));
    statuses.await(MigrationStatus.POSTCOPY_PAUSED);
    byte[] answers = play(incoming.recover("tcp:127.0.0.1:0"), bytes("recover-7.2", "forward2"));
    byte[] recorded = bytes("recover-7.2", "return2");
    int bitmaps = indexOf(recorded, HexFormat.of().parseHex("0006000400000001"));
    assertTrue(bitmaps > 0);
    assertArrayEquals(
        Arrays.copyOf(recorded, bitmaps + 8),
        Arrays.copyOf(answers, bitmaps + 8),
        "bitmaps and RESUME_ACK as QEMU has sent them");
    assertArrayEquals(SHUT, Arrays.copyOfRange(answers, answers.length - 8, answers.length));
    assertCompleted(incoming, "recover-7.2");
    assertEquals(1, incoming.statistics().postcopy().orElseThrow().recoveries());
  }

  @Test
  void shouldReceiveARecordedPreemptChannelIntoAnImage() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    Migration incoming =
        trip.receive(
            trip.settings()
                .with(Capability.POSTCOPY_RAM, true)
                .with(Capability.POSTCOPY_PREEMPT, true),
            Map.of());
    try (Socket main = connect(incoming.endpoint());
        Socket preempt = connect(incoming.endpoint())) {
      byte[] urgent = bytes("preempt-7.2", "preempt");
      Thread writer = Thread.ofVirtual().start(() -> write(preempt, urgent));
      byte[] answers = play(main, bytes("preempt-7.2", "forward"));
      assertArrayEquals(SHUT, Arrays.copyOfRange(answers, answers.length - 8, answers.length));
      writer.join();
    }
    assertCompleted(incoming, "preempt-7.2");
  }

  private Migration receive() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    return trip.receive(trip.settings().with(Capability.POSTCOPY_RAM, true), Map.of());
  }

  /** Sends everything and gives what was answered. */
  private static byte[] play(Endpoint to, byte[] stream) throws Exception {
    try (Socket socket = connect(to)) {
      return play(socket, stream);
    }
  }

  private static Socket connect(Endpoint to) throws Exception {
    String[] address = to.address().split(":", 2);
    return new Socket(address[0], Integer.parseInt(address[1]));
  }

  private static byte[] play(Socket socket, byte[] stream) throws Exception {
    Thread writer = Thread.ofVirtual().start(() -> write(socket, stream));
    byte[] answers = socket.getInputStream().readAllBytes();
    writer.join();
    return answers;
  }

  private static void write(Socket socket, byte[] stream) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(stream);
      socket.shutdownOutput();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void assertCompleted(Migration incoming, String vector) throws Exception {
    MigrationOutcome outcome = incoming.outcome().toCompletableFuture().get(60, TimeUnit.SECONDS);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    outcome.machine().orElseThrow().close();
    JsonNode wanted =
        new ObjectMapper().readTree(VECTORS.resolve(vector).resolve("vector.json").toFile());
    ImageDescription image = engine.images().describe(directory.resolve("image"));
    for (ImageDescription.Block block : image.blocks()) {
      assertEquals(
          wanted.path("ram_sha256").path(block.name()).asText(), block.sha256(), block.name());
    }
  }

  private static byte[] bytes(String vector, String file) throws Exception {
    try (InputStream in =
        new GZIPInputStream(
            Files.newInputStream(VECTORS.resolve(vector).resolve(file + ".bin.gz")))) {
      return in.readAllBytes();
    }
  }

  private static int indexOf(byte[] in, byte[] what) {
    for (int i = 0; i + what.length <= in.length; i++) {
      if (Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    return -1;
  }
}
