package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.it.EngineContainer;
import org.godwit.it.Statuses;
import org.godwit.machine.qemu.QemuMigrationInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guests of unmodified QEMU go by postcopy into an image, over links that break, and go on. */
@Timeout(180)
class QemuPostcopySourceIT {
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

  @ParameterizedTest
  @CsvSource({
    "V7_2, PC, false",
    "V7_2, Q35, false",
    "V10_0, PC, false",
    "V10_0, MICROVM, false",
    "V7_2, PC, true",
    "V10_0, PC, true"
  })
  void shouldReceiveAGuestByPostcopy(QemuRelease release, GuestMachine machine, boolean preempt)
      throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before;
    try (TestGuest source = TestGuest.running(release, machine, directory)) {
      source.awaitRounds(3);
      Migration incoming = receive(trip, preempt);
      begin(source, incoming, 0, preempt);
      QemuMigrationInfo end = source.migration().awaitEnd(TestGuest.LIMIT);
      assertEquals("completed", end.status(), end.toString());
      complete(trip, machine, source, incoming);
      before = source.output();
    }
    goOn(trip, release, machine, before);
  }

  @ParameterizedTest
  @CsvSource({"V7_2, false", "V10_0, false", "V7_2, true", "V10_0, true"})
  void shouldRecoverAsOftenAsTheLinkBreaks(QemuRelease release, boolean preempt) throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    String before;
    try (TestGuest source = TestGuest.running(release, GuestMachine.PC, directory)) {
      source.awaitRounds(3);
      Migration incoming = receive(trip, preempt);
      Statuses statuses = Statuses.of(incoming);
      begin(source, incoming, SLOW, preempt);
      source.migration().await("postcopy-active", TestGuest.LIMIT);
      statuses.await(MigrationStatus.POSTCOPY_ACTIVE);
      source.migration().pause();
      resume(source, incoming, statuses, 1);
      incoming.pause();
      resume(source, incoming, statuses, 2);
      source.migration().parameter("max-postcopy-bandwidth", 0);
      QemuMigrationInfo end = source.migration().awaitEnd(TestGuest.LIMIT);
      assertEquals("completed", end.status(), end.toString());
      complete(trip, GuestMachine.PC, source, incoming);
      assertEquals(2, incoming.statistics().postcopy().orElseThrow().recoveries());
      before = source.output();
    }
    goOn(trip, release, GuestMachine.PC, before);
  }

  private static Migration receive(QemuImageRoundTrip trip, boolean preempt) throws Exception {
    return trip.receive(
        trip.settings()
            .with(Capability.POSTCOPY_RAM, true)
            .with(Capability.POSTCOPY_PREEMPT, preempt),
        Map.of());
  }

  /** Lets the source switch over as early as it can. */
  private static void begin(TestGuest source, Migration incoming, long rate, boolean preempt)
      throws Exception {
    source.migration().capability("postcopy-ram", true);
    source.migration().capability("postcopy-preempt", preempt);
    source.migration().parameter("max-bandwidth", SLOW);
    source.migration().parameter("max-postcopy-bandwidth", rate);
    source.migration().migrate(incoming.endpoint().toString());
    source.migration().await("active", TestGuest.LIMIT);
    source.migration().startPostcopy();
  }

  private static void resume(TestGuest source, Migration incoming, Statuses statuses, int times)
      throws Exception {
    statuses.await(MigrationStatus.POSTCOPY_PAUSED);
    source.migration().await("postcopy-paused", times, TestGuest.LIMIT);
    source.migration().resume(incoming.recover("tcp:127.0.0.1:0").toString());
    statuses.await(MigrationStatus.POSTCOPY_RECOVER);
    statuses.await(MigrationStatus.POSTCOPY_ACTIVE);
    // QEMU 7.2 does not notice a link that breaks before it has read RESUME_ACK
    source.migration().await("postcopy-active", times + 1, TestGuest.LIMIT);
  }

  private static void complete(
      QemuImageRoundTrip trip, GuestMachine machine, TestGuest source, Migration incoming)
      throws Exception {
    MigrationOutcome outcome = QemuImageRoundTrip.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    outcome.machine().orElseThrow().close();
    assertTrue(outcome.statistics().postcopy().orElseThrow().backgroundPages() > 0);
    assertEquals(List.of(), engine.images().verify(trip.image(), WorkListener.NOBODY));
    trip.assertSameMemory(machine, source);
  }

  private void goOn(
      QemuImageRoundTrip trip, QemuRelease release, GuestMachine machine, String before)
      throws Exception {
    try (TestGuest destination = TestGuest.waiting(release, machine, directory)) {
      trip.outTo(destination);
      destination.awaitRounds(3);
      TestGuest.assertContinuous(before, destination.output());
    }
  }
}
