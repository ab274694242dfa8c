package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Endpoint;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathMessage.Pong;
import org.godwit.wire.returnpath.ReturnPathMessage.ResumeAck;
import org.godwit.wire.returnpath.ReturnPathMessage.Shut;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A package that takes so long to load that the link breaks meanwhile. */
@Timeout(60)
class PostcopyPackageTest {
  private static final Pong LOADED = new Pong(Handshake.PACKAGE);

  private final Rig rig = new Rig();
  private final PostcopyInputTest.Heard heard = new PostcopyInputTest.Heard();
  private final CountDownLatch pending = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  // volatile: set by the test, read by the thread of the package
  private volatile boolean refused;

  @BeforeEach
  void holdThePackage() {
    rig.target
        .machine()
        .onLoad(
            values -> {
              pending.countDown();
              await(goOn);
              if (refused) {
                throw new StateException(StateException.Fault.PEER, "No such clock.");
              }
            });
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Migration receive() throws MigrationException {
    Catalog catalog = Rig.catalog(rig.link, new TrappingRam(rig.guests));
    Migration incoming =
        new Coordinator(catalog, rig.time)
            .incoming(
                rig.target, Rig.URI, rig.targetSettings.with(Capability.POSTCOPY_RAM, true), true);
    var _ = incoming.listen(heard);
    return incoming;
  }

  /** Until its link breaks behind the package. */
  private void breakOff() throws Exception {
    try (QemuSource source = new QemuSource(rig.link)) {
      PostcopyInputTest.begin(source);
      source.stream.command(PostcopyInputTest.discard("ram0", 0, 300 * PostcopyInputTest.PAGE));
      PostcopyInputTest.packGuest(source);
      source.flush();
      await(pending);
    }
    heard.await(MigrationStatus.POSTCOPY_PAUSED);
  }

  private static void resume(QemuSource source) throws Exception {
    source.stream.command(new Command.PostcopyResume());
    source.flush();
    assertEquals(new ResumeAck(), source.hear());
  }

  private static void rest(QemuSource source) throws Exception {
    source.stream.part(2);
    for (long page = 0; page < 300; page++) {
      source.records(page);
    }
    source.endOfBody();
    PostcopyInputTest.end(source);
    source.flush();
  }

  private void assertRuns(Migration incoming) throws Exception {
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    assertEquals(GuestLocation.DESTINATION, outcome.guest());
    assertEquals(Set.of("target"), rig.guests.running());
  }

  @Test
  void shouldSayThatThePackageIsLoadedOverTheLinkThatThereIs() throws Exception {
    Migration incoming = receive();
    breakOff();
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      resume(source);
      goOn.countDown();
      assertEquals(LOADED, source.hear());
      rest(source);
      assertEquals(new Shut(0), source.listen().getLast());
    }
    assertRuns(incoming);
  }

  @Test
  void shouldSayAgainThatThePackageIsLoadedAfterARecovery() throws Exception {
    goOn.countDown();
    Migration incoming = receive();
    breakOff();
    Eventually.isTrue(() -> rig.guests.running().contains("target"));
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      resume(source);
      assertEquals(LOADED, source.hear());
      rest(source);
      assertEquals(new Shut(0), source.listen().getLast());
    }
    assertRuns(incoming);
  }

  @Test
  void shouldNotSayThatThePackageIsLoadedWhenItsMachineCannotBeMadeWhole() throws Exception {
    goOn.countDown();
    rig.target.failingCommit();
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      PostcopyInputTest.begin(source);
      PostcopyInputTest.packGuest(source);
      source.flush();
      List<ReturnPathMessage> answers = source.listen();
      assertEquals(new Shut(1), answers.getLast(), answers::toString);
      assertFalse(answers.contains(LOADED), answers::toString);
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(GuestLocation.SOURCE, outcome.guest());
    assertEquals(Set.of(), rig.guests.running());
  }

  @Test
  void shouldRefuseThePackageAfterARecovery() throws Exception {
    Migration incoming = receive();
    breakOff();
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      resume(source);
      refused = true;
      goOn.countDown();
      List<ReturnPathMessage> answers = source.listen();
      assertEquals(List.of(new Shut(1)), answers);
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.FAILED, outcome.status());
    assertEquals(GuestLocation.SOURCE, outcome.guest());
    assertEquals(Set.of(), rig.guests.running());
  }

  /** Both ends are Godwit's; the link breaks while the package waits and is made again. */
  private Migration recovered(Migration incoming) throws Exception {
    rig.source.start();
    Settings slow =
        Settings.defaults()
            .with(Capability.POSTCOPY_RAM, true)
            .with(Parameter.LAZY, "on")
            .with(Parameter.MAX_POSTCOPY_BANDWIDTH, 40960);
    PostcopyInputTest.Heard leaving = new PostcopyInputTest.Heard();
    Migration outgoing = Rig.engine(rig.link, rig.time).migrate(rig.source, Rig.URI, slow);
    var _ = outgoing.listen(leaving);
    leaving.await(MigrationStatus.POSTCOPY_ACTIVE);
    await(pending);
    outgoing.pause();
    leaving.await(MigrationStatus.POSTCOPY_PAUSED);
    heard.await(MigrationStatus.POSTCOPY_PAUSED);
    assertEquals(GuestLocation.UNCERTAIN, outgoing.guest());
    outgoing.resume(incoming.recover(Rig.URI).toString());
    leaving.await(MigrationStatus.POSTCOPY_ACTIVE);
    assertEquals(GuestLocation.UNCERTAIN, outgoing.guest(), "RESUME_ACK proves nothing");
    assertEquals(RunState.FINISH_MIGRATE, rig.source.runState());
    return outgoing;
  }

  @Test
  void shouldTakeTheGuestBackWhenItsPackageIsRefusedAfterARecovery() throws Exception {
    Migration incoming = receive();
    Migration outgoing = recovered(incoming);
    refused = true;
    goOn.countDown();
    MigrationOutcome sent = Rig.outcome(outgoing);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    MigrationOutcome received = Rig.outcome(incoming);
    assertEquals(MigrationStatus.FAILED, received.status());
    assertEquals(GuestLocation.SOURCE, received.guest(), received::toString);
    assertEquals(Set.of("source"), rig.guests.running());
    assertEquals(1, rig.guests.most());
  }

  @Test
  void shouldLetTheGuestGoWhenItsPackageIsLoadedAfterARecovery() throws Exception {
    Migration incoming = receive();
    Migration outgoing = recovered(incoming);
    goOn.countDown();
    Eventually.isTrue(() -> rig.source.runState() == RunState.POSTMIGRATE);
    assertEquals(GuestLocation.DESTINATION, outgoing.guest());
    outgoing.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(outgoing).status());
    assertRuns(incoming);
  }
}
