package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.it.EngineContainer;
import org.godwit.it.program.Godwit;
import org.godwit.it.relay.Cut;
import org.godwit.it.relay.Leg;
import org.godwit.it.relay.Relay;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Processes that are killed while a guest of QEMU is in postcopy, and others that go on. */
@Timeout(180)
class QemuPostcopyKillIT {
  private static final ObjectMapper JSON = new ObjectMapper();

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

  private String image(QemuRelease release) throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    try (TestGuest source = TestGuest.running(release, GuestMachine.PC, directory)) {
      source.awaitRounds(3);
      return trip.into(source);
    }
  }

  private TestGuest waiting(QemuRelease release) throws Exception {
    TestGuest guest = TestGuest.waiting(release, GuestMachine.PC, directory);
    guest.migration().capability("postcopy-ram", true);
    return guest;
  }

  private Godwit send(String uri, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("send", path("image"), uri));
    words.addAll(List.of(more));
    return Godwit.start(directory, words.toArray(String[]::new));
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private List<Path> notes() throws IOException {
    try (var files = Files.newDirectoryStream(directory.resolve("image"), "departed-*")) {
      List<Path> found = new ArrayList<>();
      files.forEach(found::add);
      return found;
    }
  }

  @ParameterizedTest
  @EnumSource(names = "V7_2")
  void shouldServeAGuestWhoseSenderWasKilled(QemuRelease release) throws Exception {
    servesAfterAKill(release);
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource(names = "V10_0")
  void shouldServeAGuestOfANewerReleaseWhoseSenderWasKilled(QemuRelease release) throws Exception {
    servesAfterAKill(release);
  }

  private void servesAfterAKill(QemuRelease release) throws Exception {
    String before = image(release);
    try (TestGuest destination = waiting(release);
        Relay relay = new Relay(directory)) {
      Leg leg = relay.leg(destination.listen(), Optional.of(Cut.parse("after PAGE #3")));
      try (Godwit sender = send(leg.uri(), "--lazy")) {
        leg.awaitCut();
        destination.migration().awaitEvent("RESUME", TestGuest.LIMIT);
        sender.kill();
        leg.breakLink();
      }
      destination.migration().await("postcopy-paused", TestGuest.LIMIT);
      assertEquals(1, notes().size());
      String again = "unix:" + destination.qemu().directory().resolve("again");
      destination.migration().recover(again);
      try (Godwit sender = send(again, "--resume", "--json")) {
        assertEquals(0, sender.await(), sender.err());
        JsonNode report = JSON.readTree(sender.out());
        assertEquals("completed", report.path("status").asText(), report::toString);
        long sent =
            report.path("ram").path("normal").asLong()
                + report.path("ram").path("duplicate").asLong();
        assertTrue(sent < report.path("ram").path("total").asLong() / 4096, report::toString);
      }
      assertEquals("completed", destination.migration().awaitEnd(TestGuest.LIMIT).status());
      destination.awaitRounds(3);
      TestGuest.assertContinuous(before, destination.output());
      assertEquals(List.of(), notes());
    }
    assertRefused("No guest of image");
  }

  private void assertRefused(String sentence) throws Exception {
    try (Godwit refused = send("unix:" + path("nobody"), "--resume")) {
      assertNotEquals(0, refused.await());
      assertTrue(refused.err().contains(sentence), refused.err());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "V7_2")
  void shouldSayWhatToDoWhenQemuIsKilled(QemuRelease release) throws Exception {
    String _ = image(release);
    try (TestGuest destination = waiting(release);
        Godwit sender =
            send(destination.listen(), "--lazy", "--parameter", "max-postcopy-bandwidth=50000")) {
      destination.migration().awaitEvent("RESUME", TestGuest.LIMIT);
      boolean _ = ProcessHandle.of(destination.qemu().pid()).orElseThrow().destroyForcibly();
      assertNotEquals(0, sender.await());
      assertTrue(sender.err().contains("--resume"), sender.err());
    }
    // a guest that is gone does not keep the image from being sent again
    try (TestGuest next = waiting(release);
        Godwit sender = send(next.listen(), "--lazy")) {
      assertEquals(0, sender.await(), sender.err());
      next.awaitRounds(3);
    }
  }

  /** What the killed receiver had is gone, the guest is still in QEMU. */
  @Tag("full")
  @ParameterizedTest
  @EnumSource
  void shouldRefuseAGuestWhoseReceiverWasKilled(QemuRelease release) throws Exception {
    try (TestGuest source = TestGuest.running(release, GuestMachine.PC, directory);
        Relay relay = new Relay(directory)) {
      source.awaitRounds(3);
      String uri = "unix:" + path("in");
      try (Godwit receiver = receive(uri)) {
        Leg leg = leave(source, relay, uri);
        leg.awaitAnswer("PONG 3");
        leg.awaitCut();
        receiver.kill();
        leg.breakLink();
      }
      source.migration().await("postcopy-paused", TestGuest.LIMIT);
      try (Godwit receiver = receive(uri, "--once")) {
        source.migration().resume(uri);
        assertNotEquals(0, receiver.await());
        assertTrue(receiver.err().contains("earlier connection"), receiver.err());
      }
      assertEquals("finish-migrate", source.qemu().runState());
    }
  }

  private Godwit receive(String uri, String... more) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of("receive", uri, "--image", path("image"), "--capability", "postcopy-ram=on"));
    words.addAll(List.of(more));
    Godwit receiver = Godwit.start(directory, words.toArray(String[]::new));
    receiver.awaitText("Waiting for a guest");
    return receiver;
  }

  private static Leg leave(TestGuest source, Relay relay, String uri) throws Exception {
    Leg leg = relay.leg(uri, Optional.of(Cut.parse("inside PAGE #3")));
    source.migration().capability("postcopy-ram", true);
    source.migration().parameter("max-bandwidth", 2 << 20);
    source.migration().parameter("max-postcopy-bandwidth", 2 << 20);
    source.migration().migrate(leg.uri());
    source.migration().await("active", TestGuest.LIMIT);
    source.migration().startPostcopy();
    return leg;
  }

  @ParameterizedTest
  @EnumSource(names = "V7_2")
  void shouldGiveUpAnImageWhoseSourceWasKilled(QemuRelease release) throws Exception {
    try (TestGuest source = TestGuest.running(release, GuestMachine.PC, directory);
        Relay relay = new Relay(directory);
        Godwit receiver = receive("unix:" + path("in"), "--once")) {
      Leg leg = leave(source, relay, "unix:" + path("in"));
      leg.awaitCut();
      boolean _ = ProcessHandle.of(source.qemu().pid()).orElseThrow().destroyForcibly();
      leg.breakLink();
      assertNotEquals(0, receiver.await());
      assertTrue(receiver.err().contains("source"), receiver.err());
    }
    assertTrue(Files.notExists(directory.resolve("image")));
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource
  void shouldLetASourceComeBackToAReceiver(QemuRelease release) throws Exception {
    try (TestGuest source = TestGuest.running(release, GuestMachine.PC, directory);
        Relay relay = new Relay(directory);
        Godwit receiver = receive("unix:" + path("in"))) {
      Leg leg = leave(source, relay, "unix:" + path("in"));
      leg.awaitCut();
      leg.breakLink();
      receiver.awaitText("come back to");
      source.migration().await("postcopy-paused", TestGuest.LIMIT);
      source.migration().resume("unix:" + path("in"));
      source.migration().parameter("max-postcopy-bandwidth", 0);
      assertEquals(0, receiver.await(), receiver.err());
      assertEquals("completed", source.migration().awaitEnd(TestGuest.LIMIT).status());
    }
  }
}
