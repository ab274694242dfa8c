package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.it.EngineContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happens to guests of QEMU when a move into an image or out of it fails, and odd streams. */
@Timeout(180)
class QemuFailuresIT {
  private static final QemuRelease OLD = QemuRelease.V7_2;

  /** For guests that run while they migrate: the old one loses writes (docs/known-issues.md). */
  private static final QemuRelease NEW = QemuRelease.V10_0;

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

  @Test
  void shouldTakeTheNextGuestWhenTheFirstSourceDies() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    Migration incoming = trip.receive();
    try (TestGuest doomed = TestGuest.running(OLD, GuestMachine.Q35, directory)) {
      doomed.awaitRounds(2);
      doomed.migration().parameter("max-bandwidth", 1 << 20);
      doomed.migration().migrate(incoming.endpoint().toString());
      doomed.migration().await("active", TestGuest.LIMIT);
    }
    try (TestGuest source = TestGuest.running(NEW, GuestMachine.PC, directory)) {
      source.awaitRounds(2);
      String _ = trip.into(source, incoming);
      trip.assertSameMemory(GuestMachine.PC, source);
    }
  }

  @Test
  void shouldLeaveTheGuestAtItsSourceWhenTheDiskIsFull() throws Exception {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    assumeTrue(mount(disk), "cannot mount a small file system here");
    try (TestGuest source = TestGuest.running(OLD, GuestMachine.PC, directory)) {
      QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, disk, true);
      source.awaitRounds(2);
      Migration incoming = trip.receive();
      source.migration().capability("return-path", true);
      source.migration().migrate(incoming.endpoint().toString());
      MigrationOutcome outcome = QemuImageRoundTrip.outcome(incoming);
      assertEquals(MigrationStatus.FAILED, outcome.status());
      assertEquals(GuestLocation.SOURCE, outcome.guest());
      MigrationException error = outcome.error().orElseThrow();
      assertEquals(MigrationException.Fault.ENVIRONMENT, error.fault(), error.toString());
      assertTrue(error.getMessage().contains("the disk is full"), error.getMessage());
      assertEquals("failed", source.migration().awaitEnd(TestGuest.LIMIT).status());
      source.awaitRounds(2);
      try (var left = Files.list(disk)) {
        assertEquals(List.of(), left.toList());
      }
    } finally {
      assertEquals(0, run("umount", disk.toString()));
    }
  }

  @Test
  void shouldTakeDeltasOfAGuestThatKeepsWriting() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    try (TestGuest source = TestGuest.running(NEW, GuestMachine.PC, directory)) {
      source.awaitRounds(2);
      Migration incoming = trip.receive(trip.settings().with(Capability.XBZRLE, true), Map.of());
      source.migration().capability("xbzrle", true);
      source.migration().parameter("downtime-limit", 1);
      // too little for the guest, so that pages are sent more than once
      source.migration().parameter("max-bandwidth", 8 << 20);
      source.migration().capability("return-path", true);
      source.migration().migrate(incoming.endpoint().toString());
      awaitPasses(source, 5);
      source.migration().parameter("downtime-limit", 2000);
      source.migration().parameter("max-bandwidth", 1L << 40);
      assertEquals("completed", source.migration().awaitEnd(TestGuest.LIMIT).status());
      MigrationOutcome outcome = QemuImageRoundTrip.outcome(incoming);
      assertEquals(MigrationStatus.COMPLETED, outcome.status());
      outcome.machine().orElseThrow().close();
      assertTrue(source.migration().query().all().at("/xbzrle-cache/pages").asLong() > 0);
      trip.assertSameMemory(GuestMachine.PC, source);
    }
  }

  @Test
  void shouldMoveAGuestOfAMachineTypeWithoutConfigurationSection() throws Exception {
    String type = "pc-i440fx-2.3";
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before;
    try (TestGuest source = TestGuest.running(OLD, GuestMachine.PC, type, directory)) {
      source.awaitRounds(2);
      source.stop();
      before = trip.into(source, trip.receive(trip.settings(), Map.of("machine-type", type)));
      trip.assertSameMemory(GuestMachine.PC, source);
    }
    try (TestGuest destination = TestGuest.waiting(OLD, GuestMachine.PC, type, directory)) {
      // such a stream does not tell that the guest was stopped
      trip.outTo(destination);
      destination.awaitRounds(2);
      TestGuest.assertContinuous(before, destination.output());
    }
  }

  @Test
  void shouldMoveAGuestToAnOlderRelease() throws Exception {
    String type = "pc-q35-7.2";
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, false);
    String before;
    try (TestGuest source = TestGuest.running(NEW, GuestMachine.Q35, type, directory)) {
      source.awaitRounds(2);
      before = trip.into(source);
    }
    try (TestGuest destination = TestGuest.waiting(OLD, GuestMachine.Q35, type, directory)) {
      trip.outTo(destination);
      destination.awaitRounds(2);
      TestGuest.assertContinuous(before, destination.output());
    }
  }

  @Test
  void shouldRefuseAGuestOfAnotherMachineTypeThanExpected() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    try (TestGuest source = TestGuest.running(OLD, GuestMachine.PC, directory)) {
      source.awaitRounds(2);
      Migration incoming = trip.receive(trip.settings(), Map.of("machine-type", "pc-q35-7.2"));
      source.migration().capability("return-path", true);
      source.migration().migrate(incoming.endpoint().toString());
      assertEquals("failed", source.migration().awaitEnd(TestGuest.LIMIT).status());
      source.awaitRounds(2);
      incoming.cancel();
      MigrationOutcome outcome = QemuImageRoundTrip.outcome(incoming);
      assertEquals(GuestLocation.SOURCE, outcome.guest());
    }
    assertFalse(Files.exists(trip.image()));
  }

  /** Waits for bitmap syncs; the query is the pause between looks. */
  private static void awaitPasses(TestGuest source, long passes) throws IOException {
    long deadline = System.nanoTime() + TestGuest.LIMIT.toNanos();
    while (source.migration().query().dirtySyncCount() < passes) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("too few passes: " + source.migration().query());
      }
    }
  }

  private static boolean mount(Path disk) throws Exception {
    return run("mount", "-t", "tmpfs", "-o", "size=2m", "none", disk.toString()) == 0;
  }

  private static int run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      return -1;
    }
  }
}
