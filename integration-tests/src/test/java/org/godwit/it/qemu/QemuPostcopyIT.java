package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.FirstPages;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.api.migration.Settings;
import org.godwit.it.EngineContainer;
import org.godwit.machine.qemu.QemuMigrationInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images whose guest runs on in unmodified QEMU before its memory has arrived. */
@Timeout(180)
class QemuPostcopyIT {
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

  /** Statuses in the order in which they come. */
  private static final class Statuses implements MigrationListener {
    private final BlockingQueue<MigrationStatus> heard = new LinkedBlockingQueue<>();

    @Override
    public void statusChanged(Migration migration, MigrationStatus status) {
      heard.add(status);
    }

    @Override
    public void passDone(Migration migration, long pass) {
      // only statuses count
    }

    void await(Migration migration, MigrationStatus wanted) throws InterruptedException {
      MigrationStatus last = migration.status();
      while (last != wanted) {
        last = heard.poll(TestGuest.LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertTrue(last != null && !(last.isFinal() && last != wanted), migration::toString);
      }
    }
  }

  private String receive(QemuImageRoundTrip trip, QemuRelease release, GuestMachine machine)
      throws Exception {
    try (TestGuest source = TestGuest.running(release, machine, directory)) {
      source.awaitRounds(3);
      return trip.into(source);
    }
  }

  private static Settings postcopy(QemuImageRoundTrip trip) {
    return trip.settings().with(Capability.POSTCOPY_RAM, true);
  }

  /** This machine type does not tell the release in its name. */
  private static String channel(QemuRelease release, GuestMachine machine) {
    return release == QemuRelease.V7_2 && machine == GuestMachine.MICROVM ? "setup" : "auto";
  }

  private static void assertArrived(Migration migration, TestGuest destination, String before)
      throws Exception {
    MigrationOutcome sent = QemuImageRoundTrip.outcome(migration);
    assertEquals(
        MigrationStatus.COMPLETED,
        sent.status(),
        () -> sent.error() + " " + destination.migration().statuses());
    assertEquals(GuestLocation.DESTINATION, sent.guest());
    QemuMigrationInfo end = destination.migration().awaitEnd(TestGuest.LIMIT);
    assertEquals("completed", end.status(), end + " " + destination.qemu().errors());
    assertTrue(destination.migration().statuses().contains("postcopy-active"));
    assertEquals("running", destination.qemu().runState());
    destination.awaitRounds(3);
    TestGuest.assertContinuous(before, destination.output());
  }

  @ParameterizedTest
  @CsvSource({
    "V7_2, PC, false",
    "V7_2, Q35, true",
    "V7_2, MICROVM, true",
    "V10_0, Q35, false",
    "V10_0, Q35, true",
    "V10_0, MICROVM, true"
  })
  void shouldStartTheGuestBeforeItsMemoryArrives(
      QemuRelease release, GuestMachine machine, boolean preempt) throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before = receive(trip, release, machine);
    try (TestGuest destination = TestGuest.waiting(release, machine, directory);
        Machine image = engine.images().open("lazy", trip.image())) {
      destination.migration().capability("postcopy-ram", true);
      destination.migration().capability("postcopy-preempt", preempt);
      // slow enough for the guest to ask for what it needs; QEMU answers each PING between the
      // pages,
      // and an image keeps what it has
      Settings lazy =
          postcopy(trip)
              .with(Capability.POSTCOPY_PREEMPT, preempt)
              .with(Capability.RELEASE_RAM, true)
              .with(Parameter.PREEMPT_CHANNEL, channel(release, machine))
              .with(Parameter.LAZY, "on")
              .with(Parameter.MAX_POSTCOPY_BANDWIDTH, 50_000);
      Migration migration = engine.migrations().migrate(image, destination.listen(), lazy);
      assertArrived(migration, destination, before);
      PostcopyStatistics figures = migration.statistics().postcopy().orElseThrow();
      assertTrue(figures.requests() > 0, figures::toString);
      assertTrue(figures.requestedPages() > 0, figures::toString);
      assertEquals(
          migration.statistics().total() / 4096,
          figures.requestedPages() + figures.backgroundPages());
    }
    assertEquals(List.of(), engine.images().verify(trip.image(), WorkListener.NOBODY));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldStartTheGuestInANewerRelease(boolean preempt) throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before = receive(trip, QemuRelease.V7_2, GuestMachine.PC);
    try (TestGuest destination =
            TestGuest.waiting(QemuRelease.V10_0, GuestMachine.PC, "pc-i440fx-7.2", directory);
        Machine image = engine.images().open("newer", trip.image())) {
      destination.migration().capability("postcopy-ram", true);
      destination.migration().capability("postcopy-preempt", preempt);
      Settings lazy =
          postcopy(trip)
              .with(Capability.POSTCOPY_PREEMPT, preempt)
              .with(Parameter.LAZY, "on")
              .with(Parameter.MAX_POSTCOPY_BANDWIDTH, 50_000);
      assertArrived(
          engine.migrations().migrate(image, destination.listen(), lazy), destination, before);
    }
  }

  @ParameterizedTest
  @CsvSource({"V7_2, PC", "V10_0, Q35"})
  void shouldSaveFaultsOfLaterRestores(QemuRelease release, GuestMachine machine) throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before = receive(trip, release, machine);
    FirstPages.Lesson first = restore(trip, release, machine, before);
    assertTrue(first.firstRequests() > 0, first::toString);
    assertEquals(0, first.prefetched());
    FirstPages.Lesson second = restore(trip, release, machine, before);
    assertEquals(2, second.restores());
    assertTrue(second.prefetched() >= first.requests(), second::toString);
    assertTrue(second.saved() * 10 >= first.firstRequests() * 8, second::toString);
    assertEquals(List.of(), engine.images().verify(trip.image(), WorkListener.NOBODY));
  }

  private FirstPages.Lesson restore(
      QemuImageRoundTrip trip, QemuRelease release, GuestMachine machine, String before)
      throws Exception {
    try (TestGuest destination = TestGuest.waiting(release, machine, directory);
        Machine image = engine.images().open("learning", trip.image())) {
      destination.migration().capability("postcopy-ram", true);
      // slow enough for the guest to ask for what it needs
      Settings lazy =
          postcopy(trip).with(Parameter.LAZY, "on").with(Parameter.MAX_POSTCOPY_BANDWIDTH, 50_000);
      assertArrived(
          engine.migrations().migrate(image, destination.listen(), lazy), destination, before);
      return ((FirstPages) image).lesson().orElseThrow();
    }
  }

  @ParameterizedTest
  @CsvSource({"V7_2, PC", "V10_0, PC"})
  void shouldGoOverFromPrecopyWhenToldTo(QemuRelease release, GuestMachine machine)
      throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before = receive(trip, release, machine);
    try (TestGuest destination = TestGuest.waiting(release, machine, directory);
        Machine image = engine.images().open("hybrid", trip.image())) {
      destination.migration().capability("postcopy-ram", true);
      Settings slow = postcopy(trip).with(Parameter.MAX_BANDWIDTH, 20_000);
      Migration migration = engine.migrations().migrate(image, destination.listen(), slow);
      Statuses statuses = new Statuses();
      var _ = migration.listen(statuses);
      statuses.await(migration, MigrationStatus.ACTIVE);
      migration.startPostcopy();
      assertArrived(migration, destination, before);
    }
  }

  @ParameterizedTest
  @CsvSource({"V7_2, PC, false", "V10_0, Q35, false", "V7_2, PC, true", "V10_0, Q35, true"})
  void shouldRecoverFromBrokenLinks(QemuRelease release, GuestMachine machine, boolean preempt)
      throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before = receive(trip, release, machine);
    try (TestGuest destination = TestGuest.waiting(release, machine, directory);
        Machine image = engine.images().open("recovered", trip.image())) {
      destination.migration().capability("postcopy-ram", true);
      destination.migration().capability("postcopy-preempt", preempt);
      Settings slow =
          postcopy(trip)
              .with(Capability.POSTCOPY_PREEMPT, preempt)
              .with(Parameter.LAZY, "on")
              .with(Parameter.MAX_POSTCOPY_BANDWIDTH, 10_000);
      Migration migration = engine.migrations().migrate(image, destination.listen(), slow);
      Statuses statuses = new Statuses();
      var _ = migration.listen(statuses);
      statuses.await(migration, MigrationStatus.POSTCOPY_ACTIVE);
      // until it runs a broken link is the end of a QEMU destination
      destination.awaitRounds(1);
      migration.pause();
      recover(migration, statuses, destination, 1);
      destination.migration().pause();
      migration.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
      recover(migration, statuses, destination, 2);
      assertArrived(migration, destination, before);
      assertEquals(2, migration.statistics().postcopy().orElseThrow().recoveries());
    }
  }

  private static void recover(
      Migration migration, Statuses statuses, TestGuest destination, int time) throws Exception {
    statuses.await(migration, MigrationStatus.POSTCOPY_PAUSED);
    destination.migration().await("postcopy-paused", time, TestGuest.LIMIT);
    String uri = "unix:" + destination.qemu().directory().resolve("again" + time);
    destination.migration().recover(uri);
    migration.resume(uri);
    statuses.await(migration, MigrationStatus.POSTCOPY_ACTIVE);
  }
}
