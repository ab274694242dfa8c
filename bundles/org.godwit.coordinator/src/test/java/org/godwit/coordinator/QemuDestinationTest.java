package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.coordinator.QemuDestination.Mood;
import org.junit.jupiter.api.Test;

/** Windows of docs/ownership.md towards a destination that starts the guest by itself. */
class QemuDestinationTest {
  private final Rig rig = new Rig();

  private MigrationOutcome migrateTo(Mood mood) throws Exception {
    rig.source.start();
    new QemuDestination(rig.link, rig.guests, mood);
    return Rig.outcome(rig.send());
  }

  @Test
  void shouldGiveTheGuestAwayAfterShut() throws Exception {
    MigrationOutcome sent = migrateTo(Mood.WELL);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertEquals(Set.of("qemu"), rig.guests.running());
    assertEquals(1, rig.guests.most());
  }

  @Test
  void shouldCallADestinationThatNeverAgreesStalled() throws Exception {
    rig.time = new ManualTime();
    rig.source.start();
    new QemuDestination(rig.link, rig.guests, Mood.WELL);
    Settings settings =
        Settings.defaults()
            .with(Capability.SWITCHOVER_ACK, true)
            .with(Parameter.STALL_TIMEOUT, 5000);
    Coordinator engine = Rig.engine(rig.link, rig.time);
    Migration outgoing = engine.migrate(rig.source, Rig.URI, settings);
    Eventually.isTrue(
        () -> {
          engine.tick();
          return outgoing.status().isFinal();
        });
    MigrationOutcome sent = Rig.outcome(outgoing);
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertTrue(sent.error().orElseThrow().getMessage().contains("x-godwit-stall-timeout"));
    assertEquals(Set.of("source"), rig.guests.running());
  }

  @Test
  void shouldResumeWhenADeviceIsRefusedWithoutAWord() throws Exception {
    MigrationOutcome sent = migrateTo(Mood.REFUSES_DEVICE);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Set.of("source"), rig.guests.running());
  }

  @Test
  void shouldResumeWhenTheDestinationSaysThatItFailed() throws Exception {
    MigrationOutcome sent = migrateTo(Mood.FAILS_AFTER_EOF);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Fault.PEER, sent.error().orElseThrow().fault());
    assertEquals(Set.of("source"), rig.guests.running());
  }

  @Test
  void shouldNotBelieveADestinationThatHasTheGuestTooEarly() throws Exception {
    MigrationOutcome sent = migrateTo(Mood.LIES);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Fault.PEER, sent.error().orElseThrow().fault());
    assertEquals(Set.of("source"), rig.guests.running());
  }

  @Test
  void shouldFreezeWhenTheLinkBreaksBeforeShut() throws Exception {
    MigrationOutcome sent = migrateTo(Mood.LOST_BEFORE_SHUT);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.UNCERTAIN, sent.guest(), sent::toString);
    assertEquals(RunState.PAUSED, rig.source.runState());
    assertTrue(sent.error().orElseThrow().getMessage().contains("start it by hand only if"));
    assertEquals(Set.of("qemu"), rig.guests.running());
    assertEquals(1, rig.guests.most());
  }

  @Test
  void shouldResumeWhenTheLinkBreaksBeforeTheDestinationHasLoadedTheDevices() throws Exception {
    int[] loaded = CutTransport.pingOrPong(Handshake.LOADED);
    rig.sourceLink =
        new CutTransport(rig.link, CutTransport.contains(loaded), CutTransport.When.SWALLOWED);
    MigrationOutcome sent = migrateTo(Mood.WELL);
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Set.of("source"), rig.guests.running());
  }

  @Test
  void shouldCompleteWhenShutCameAlthoughTheLastWriteFailed() throws Exception {
    rig.sourceLink =
        new CutTransport(rig.link, CutTransport.beginsWith(0x00, 0x06), CutTransport.When.DENIED);
    MigrationOutcome sent = migrateTo(Mood.WELL);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertEquals(Set.of("qemu"), rig.guests.running());
  }

  @Test
  void shouldGiveUpUncertainWhenCancelledWhileTheDestinationIsSilent() throws Exception {
    ManualTime time = new ManualTime();
    rig.time = time;
    rig.source.start();
    new QemuDestination(rig.link, rig.guests, Mood.SILENT_AFTER_EOF);
    Coordinator engine = Rig.engine(rig.sourceLink, time);
    Migration migration = engine.migrate(rig.source, Rig.URI, rig.sourceSettings);
    Eventually.isTrue(
        () -> ((OutgoingMigration) migration).ownership().stage() == Ownership.Stage.OFFERED);
    migration.cancel();
    engine.tick();
    assertEquals(MigrationStatus.DEVICE, migration.status(), "the answer is waited for");
    time.advance(CancelGrace.LENGTH.toNanos());
    engine.tick();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.UNCERTAIN, sent.guest());
    assertEquals(Set.of(), rig.guests.running());
  }
}
