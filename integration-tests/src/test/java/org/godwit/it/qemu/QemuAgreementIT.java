package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Settings;
import org.godwit.it.EngineContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What both sides must agree upon, with QEMU 10.0: acknowledged switchover, the guest's UUID. */
@Timeout(180)
class QemuAgreementIT {
  private static final QemuRelease NEW = QemuRelease.V10_0;
  private static final GuestMachine MACHINE = GuestMachine.Q35;
  private static final String ACK = Capability.SWITCHOVER_ACK.wireName();
  private static final String VALIDATE = Capability.VALIDATE_UUID.wireName();
  private static final UUID OURS = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
  private static final UUID OTHER = UUID.fromString("ffeeddcc-bbaa-9988-7766-554433221100");

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

  /** A running guest of QEMU switches over only when it is acknowledged. */
  @Test
  void shouldAcknowledgeTheSwitchoverAndTakeAnAcknowledgement() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    Settings acknowledged = trip.settings().with(Capability.SWITCHOVER_ACK, true);
    String before;
    try (TestGuest source = TestGuest.running(NEW, MACHINE, directory)) {
      source.awaitRounds(2);
      source.migration().capability("return-path", true);
      source.migration().capability(ACK, true);
      before = trip.into(source, trip.receive(acknowledged, Map.of()));
      trip.assertSameMemory(MACHINE, source);
    }
    try (TestGuest destination = TestGuest.waiting(NEW, MACHINE, directory)) {
      destination.migration().capability("return-path", true);
      destination.migration().capability(ACK, true);
      trip.arrived(destination, trip.send(destination.listen(), acknowledged));
      destination.awaitRounds(2);
      TestGuest.assertContinuous(before, destination.output());
    }
  }

  @Test
  void shouldKeepTheUuidOfTheGuestAndLetQemuCheckIt() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    Settings validating = trip.settings().with(Capability.VALIDATE_UUID, true);
    String before;
    try (TestGuest source = guest(OURS, false)) {
      source.awaitRounds(2);
      source.migration().capability(VALIDATE, true);
      before = trip.into(source, trip.receive(validating, Map.of("uuid", OURS.toString())));
      trip.assertSameMemory(MACHINE, source);
    }
    assertEquals(Optional.of(OURS), engine.images().describe(trip.image()).uuid());
    try (TestGuest wrong = guest(OTHER, true)) {
      MigrationOutcome outcome = trip.send(wrong.listen(), validating);
      assertEquals(MigrationStatus.FAILED, outcome.status());
      assertEquals(GuestLocation.SOURCE, outcome.guest());
      assertTrue(wrong.qemu().awaitEnd(TestGuest.LIMIT));
      assertTrue(wrong.qemu().errors().contains(OURS.toString()), wrong.qemu().errors());
      String sentence = sentence(outcome);
      assertTrue(sentence.endsWith("The guest stays at the source."), sentence);
    }
    try (TestGuest right = guest(OURS, true)) {
      right.migration().capability("return-path", true);
      trip.arrived(right, trip.send(right.listen(), validating));
      right.awaitRounds(2);
      TestGuest.assertContinuous(before, right.output());
    }
  }

  /** Without the capability nothing is compared: the image goes to a QEMU with another UUID. */
  @Test
  void shouldNotSendTheUuidUnlessAsked() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    try (TestGuest source = guest(OURS, false)) {
      source.awaitRounds(2);
      source.migration().capability(VALIDATE, true);
      String _ = trip.into(source);
    }
    try (TestGuest other = guest(OTHER, true)) {
      trip.outTo(other);
      other.awaitRounds(2);
    }
  }

  @Test
  void shouldRefuseAGuestWithAnotherUuid() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    Migration incoming = trip.receive(trip.settings(), Map.of("uuid", OURS.toString()));
    Attempts attempts = new Attempts();
    try (var _ = incoming.listen(attempts)) {
      assertEquals(
          "The peer's guest has UUID "
              + OTHER
              + ", expected is "
              + OURS
              + ". Waiting for the next peer.",
          refusal(incoming, attempts, OTHER, true));
      String untold = refusal(incoming, attempts, OURS, false);
      assertTrue(untold.startsWith("The peer does not tell the UUID of its guest"), untold);
      try (TestGuest right = guest(OURS, false)) {
        right.awaitRounds(2);
        right.migration().capability(VALIDATE, true);
        String _ = trip.into(right, incoming);
        trip.assertSameMemory(MACHINE, right);
      }
    }
  }

  @Test
  void shouldNotTakeATextForAUuid() throws Exception {
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, true);
    MachineException refused =
        assertThrows(
            MachineException.class,
            () -> trip.receive(trip.settings(), Map.of("uuid", "0-1-2-3-4")));
    assertTrue(refused.getMessage().startsWith("\"0-1-2-3-4\" is no UUID"), refused.getMessage());
    assertFalse(Files.exists(trip.image()));
  }

  /** Why a guest was refused; it runs on at its source. */
  private String refusal(Migration incoming, Attempts attempts, UUID uuid, boolean telling)
      throws Exception {
    try (TestGuest source = guest(uuid, false)) {
      source.awaitRounds(2);
      source.migration().capability("return-path", true);
      source.migration().capability(VALIDATE, telling);
      source.migration().migrate(incoming.endpoint().toString());
      String sentence = attempts.next();
      assertEquals("failed", source.migration().awaitEnd(TestGuest.LIMIT).status());
      source.awaitRounds(2);
      return sentence;
    }
  }

  private TestGuest guest(UUID uuid, boolean waiting) throws Exception {
    var command = TestGuest.command(NEW, MACHINE, directory).with("-uuid", uuid.toString());
    return TestGuest.start(waiting ? command.waitForGuest() : command);
  }

  private static String sentence(MigrationOutcome outcome) {
    return outcome.error().map(MigrationException::getMessage).orElse("");
  }

  /** Why peers failed, in order. */
  private static final class Attempts implements MigrationListener {
    private final LinkedBlockingQueue<MigrationException> failed = new LinkedBlockingQueue<>();

    @Override
    public void statusChanged(Migration migration, MigrationStatus status) {
      // not looked at
    }

    @Override
    public void passDone(Migration migration, long pass) {
      // not looked at
    }

    @Override
    public void attemptFailed(Migration migration, MigrationException error) {
      failed.add(error);
    }

    String next() throws InterruptedException {
      MigrationException error = failed.poll(TestGuest.LIMIT.toSeconds(), TimeUnit.SECONDS);
      assertNotNull(error, "no attempt failed");
      return error.getMessage();
    }
  }
}
