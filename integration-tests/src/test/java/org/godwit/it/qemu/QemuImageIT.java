package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.ImageDescription;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.it.EngineContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

/**
 * Guests of unmodified QEMU go into an image and out again, and go on.
 *
 * <p>Only QEMU 10.0 moves running guests in one try. QEMU 7.2 under TCG loses writes of a guest
 * that runs while it migrates (docs/known-issues.md), so its moves may begin again from boot,
 * twice.
 */
@Timeout(180)
class QemuImageIT {
  private static final System.Logger LOG = System.getLogger(QemuImageIT.class.getName());
  private static final int TRIES = 3;

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
  @CsvSource({
    "V7_2, PC, true, true",
    "V7_2, Q35, false, false",
    "V10_0, Q35, true, true",
    "V10_0, MICROVM, true, false",
  })
  void shouldMoveAGuestInAndOut(
      QemuRelease release, GuestMachine machine, boolean running, boolean returnPath)
      throws Exception {
    move(release, machine, running, returnPath);
  }

  static List<Arguments> everything() {
    List<Arguments> all = new ArrayList<>();
    for (QemuRelease release : QemuRelease.values()) {
      for (GuestMachine machine : GuestMachine.values()) {
        for (boolean running : new boolean[] {true, false}) {
          all.add(Arguments.of(release, machine, running, true));
          all.add(Arguments.of(release, machine, running, false));
        }
      }
    }
    return all;
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("everything")
  void shouldMoveEveryKindOfGuestInAndOut(
      QemuRelease release, GuestMachine machine, boolean running, boolean returnPath)
      throws Exception {
    move(release, machine, running, returnPath);
  }

  /** What is wrong here, and not in that QEMU, is wrong in every try, or with 10.0, or KVM. */
  private void move(QemuRelease release, GuestMachine machine, boolean running, boolean returnPath)
      throws Exception {
    int tries = release == QemuRelease.V7_2 && running ? TRIES : 1;
    for (int i = 1; i < tries; i++) {
      try {
        moveOnce(release, machine, running, returnPath, Files.createDirectory(attempt(i)));
        return;
      } catch (AssertionFailedError e) {
        LOG.log(System.Logger.Level.WARNING, "QEMU 7.2 lost writes? Trying once more", e);
      }
    }
    moveOnce(release, machine, running, returnPath, Files.createDirectory(attempt(tries)));
  }

  private Path attempt(int number) {
    return directory.resolve("try-" + number);
  }

  @Test
  void shouldGiveOneImageToTwoDestinationsAtOnce() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before = receiveFrom(trip, QemuRelease.V7_2, GuestMachine.PC);
    try (TestGuest first = TestGuest.waiting(QemuRelease.V7_2, GuestMachine.PC, directory);
        TestGuest second = TestGuest.waiting(QemuRelease.V7_2, GuestMachine.PC, directory)) {
      CompletableFuture<Void> other = CompletableFuture.runAsync(() -> send(trip, second));
      trip.outTo(first);
      other.get(TestGuest.LIMIT.toSeconds(), TimeUnit.SECONDS);
      trip.assertSameMemory(GuestMachine.PC, first);
      trip.assertSameMemory(GuestMachine.PC, second);
      first.go();
      second.go();
      first.awaitRounds(3);
      second.awaitRounds(3);
      TestGuest.assertContinuous(before, first.output());
      TestGuest.assertContinuous(before, second.output());
    }
    assertEquals(List.of(), engine.images().verify(trip.image(), WorkListener.NOBODY));
  }

  /** QEMU then waits for SHUT and sends nothing after the EOF byte. */
  @ParameterizedTest
  @ValueSource(strings = {"pc,suppress-vmdesc=on", "pc"})
  void shouldMoveAGuestWithoutADescription(String destinationType) throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before;
    try (TestGuest source =
        TestGuest.running(QemuRelease.V7_2, GuestMachine.PC, "pc,suppress-vmdesc=on", directory)) {
      source.awaitRounds(3);
      source.stop();
      before = trip.into(source);
    }
    assertTrue(engine.images().describe(trip.image()).sections().size() > 10);
    try (TestGuest destination =
        TestGuest.waiting(QemuRelease.V7_2, GuestMachine.PC, destinationType, directory)) {
      trip.outTo(destination);
      destination.go();
      destination.awaitRounds(3);
      TestGuest.assertContinuous(before, destination.output());
    }
  }

  @Test
  void shouldMoveAGuestToANewerRelease() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before = receiveFrom(trip, QemuRelease.V7_2, GuestMachine.PC);
    try (TestGuest destination =
        TestGuest.waiting(QemuRelease.V10_0, GuestMachine.PC, "pc-i440fx-7.2", directory)) {
      trip.outTo(destination);
      trip.assertSameMemory(GuestMachine.PC, destination);
      destination.go();
      destination.awaitRounds(3);
      TestGuest.assertContinuous(before, destination.output());
    }
  }

  @Test
  void shouldTellThatADestinationRefusedTheMachineType() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    receiveFrom(trip, QemuRelease.V7_2, GuestMachine.PC);
    try (TestGuest wrong = TestGuest.waiting(QemuRelease.V7_2, GuestMachine.Q35, directory)) {
      MigrationOutcome outcome = trip.send(wrong.listen());
      assertEquals(MigrationStatus.FAILED, outcome.status());
      assertEquals(GuestLocation.SOURCE, outcome.guest(), () -> String.valueOf(outcome.error()));
      assertTrue(outcome.error().isPresent());
      assertTrue(wrong.qemu().awaitEnd(TestGuest.LIMIT));
      assertTrue(wrong.qemu().errors().contains("pc-i440fx-7.2"), wrong.qemu().errors());
    }
    try (TestGuest right = TestGuest.waiting(QemuRelease.V7_2, GuestMachine.PC, directory)) {
      trip.outTo(right);
      right.go();
      right.awaitRounds(2);
    }
  }

  @Test
  void shouldLeaveTheGuestAtItsSourceWhenTheReceiverIsCancelled() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    try (TestGuest source = TestGuest.running(QemuRelease.V7_2, GuestMachine.PC, directory)) {
      source.awaitRounds(2);
      var incoming = trip.receive();
      source.migration().capability("return-path", true);
      source.migration().parameter("max-bandwidth", 1 << 20);
      source.migration().migrate(incoming.endpoint().toString());
      source.migration().await("active", TestGuest.LIMIT);
      incoming.cancel();
      MigrationOutcome outcome = QemuImageRoundTrip.outcome(incoming);
      assertEquals(MigrationStatus.CANCELLED, outcome.status());
      assertEquals("failed", source.migration().awaitEnd(TestGuest.LIMIT).status());
      source.awaitRounds(2);
      TestGuest.assertContinuous(source.output());
    }
    assertFalse(Files.exists(trip.image()));
    assertFalse(Files.exists(trip.image().resolveSibling("image.partial")));
  }

  private static void moveOnce(
      QemuRelease release, GuestMachine machine, boolean running, boolean returnPath, Path place)
      throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, place, returnPath);
    String before;
    try (TestGuest source = TestGuest.running(release, machine, place)) {
      source.awaitRounds(3);
      if (!running) {
        source.stop();
      }
      before = trip.into(source);
      trip.assertSameMemory(machine, source);
    }
    ImageDescription description = engine.images().describe(trip.image());
    assertEquals(running ? RunState.RUNNING : RunState.PAUSED, description.runState());
    assertTrue(
        description.machineType().contains(machine == GuestMachine.PC ? "i440fx" : machine.type()));
    try (TestGuest destination = TestGuest.waiting(release, machine, place)) {
      trip.outTo(destination);
      assertEquals(running ? "running" : "paused", destination.qemu().runState());
      if (!running) {
        trip.assertSameMemory(machine, destination);
        destination.go();
      }
      destination.awaitRounds(3);
      TestGuest.assertContinuous(before, destination.output());
    }
  }

  /** A stopped guest: it is its way from here on that is tested. */
  private String receiveFrom(QemuImageRoundTrip trip, QemuRelease release, GuestMachine machine)
      throws Exception {
    try (TestGuest source = TestGuest.running(release, machine, directory)) {
      source.awaitRounds(3);
      source.stop();
      return trip.into(source);
    }
  }

  private static void send(QemuImageRoundTrip trip, TestGuest destination) {
    try {
      trip.outTo(destination);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
