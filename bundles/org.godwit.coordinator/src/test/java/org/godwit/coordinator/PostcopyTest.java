package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.api.migration.Settings;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.junit.jupiter.api.Test;

/** The source of a postcopy migration, towards a destination that behaves as QEMU does. */
class PostcopyTest {
  private static final int PAGES = 370;

  /** A clock that stands: who waits for time to pass is freed by a notification alone. */
  static final class StandingTime implements TimeSource {
    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    @SuppressWarnings("WaitNotInLoop") // as the real one
    public void pause(Object monitor, long nanos) throws InterruptedException {
      monitor.wait(nanos == 5_000_000 ? 1 : 0);
    }
  }

  private final Rig rig = new Rig();
  private final List<String> heard = new CopyOnWriteArrayList<>();

  private static Settings settings() {
    return Settings.defaults().with(Capability.POSTCOPY_RAM, true);
  }

  /** Goes to postcopy at once: nothing was sent before. */
  private Migration send(Settings settings) throws Exception {
    if (rig.source.runState() == RunState.PRELAUNCH) {
      rig.source.start();
    }
    Coordinator engine = Rig.engine(rig.sourceLink, rig.time);
    Migration migration = engine.migrate(rig.source, Rig.URI, settings.with(Parameter.LAZY, "on"));
    var _ = migration.listen(PrecopyTest.recorder("out", heard));
    return migration;
  }

  private PostcopyPeer peer() throws Exception {
    return new PostcopyPeer(rig.link, rig.guests);
  }

  private void assertArrived(PostcopyPeer peer) {
    assertEquals(List.of(), peer.wrong());
    assertArrayEquals(rig.source.memory(0), peer.memory("ram0"));
    assertArrayEquals(rig.source.memory(1), peer.memory("rom"));
    assertEquals(1, rig.guests.most());
    assertEquals(Set.of("peer"), rig.guests.running());
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
  }

  private static void await(Migration migration, MigrationStatus status) {
    Eventually.isTrue(() -> migration.status() == status);
  }

  @Test
  void shouldLetTheMemoryFollowTheGuest() throws Exception {
    PostcopyPeer peer =
        peer()
            .started(
                p -> {
                  p.ask("rom", 7, 1);
                  p.ask("ram0", 100, 2);
                  p.ask("rom", 7, 1);
                  return false;
                })
            .start();
    MigrationOutcome sent = Rig.outcome(send(settings()));
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(GuestLocation.DESTINATION, sent.guest());
    assertArrived(peer);
    assertEquals(370, peer.followed().size());
    PostcopyStatistics figures = sent.statistics().postcopy().orElseThrow();
    assertEquals(3, figures.requests());
    assertEquals(370, figures.requestedPages() + figures.backgroundPages());
    assertEquals(
        List.of("out device", "out pass 2", "out postcopy-active", "out completed"),
        heard.subList(heard.size() - 4, heard.size()));
  }

  @Test
  void shouldServeRequestsAlthoughTheRateIsUsedUp() throws Exception {
    rig.time = new StandingTime();
    PostcopyPeer peer =
        peer()
            .page(
                p -> {
                  int next = PAGES - p.arrived();
                  if (next >= 0) {
                    p.ask(next < 300 ? "ram0" : "rom", next < 300 ? next : next - 300, 1);
                  }
                  return false;
                })
            .start();
    Migration migration = send(settings().with(Parameter.MAX_POSTCOPY_BANDWIDTH, 40960));
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertArrived(peer);
    assertTrue(sent.statistics().postcopy().orElseThrow().requestedPages() > PAGES / 2);
  }

  @Test
  void shouldSwitchOverWhenItIsToldTo() throws Exception {
    PostcopyPeer peer = peer().start();
    rig.source.start();
    Settings slow = settings().with(Parameter.MAX_BANDWIDTH, 40960);
    Migration migration = Rig.engine(rig.link, rig.time).migrate(rig.source, Rig.URI, slow);
    await(migration, MigrationStatus.ACTIVE);
    migration.startPostcopy();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    migration.startPostcopy();
    assertArrived(peer);
  }

  @Test
  void shouldFinishInPrecopyWhenNobodyAsksForMore() throws Exception {
    QemuDestination _ = new QemuDestination(rig.link, rig.guests, QemuDestination.Mood.WELL);
    rig.source.start();
    Migration migration = Rig.engine(rig.link, rig.time).migrate(rig.source, Rig.URI, settings());
    MigrationOutcome sent = Rig.outcome(migration);
    // that destination knows nothing of postcopy: ADVISE is refused, the guest stays
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    MigrationException refused = assertThrows(MigrationException.class, rig.send()::startPostcopy);
    assertEquals(Fault.REQUEST, refused.fault());
  }

  @Test
  void shouldResumeTheGuestWhenTheLinkBreaksBeforeThePackage() throws Exception {
    int[] discarded = CutTransport.pingOrPong(Handshake.DISCARDED);
    rig.sourceLink =
        new CutTransport(rig.link, CutTransport.contains(discarded), CutTransport.When.BEFORE);
    PostcopyPeer _ = peer().start();
    MigrationOutcome sent = Rig.outcome(send(settings()));
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Set.of("source"), rig.guests.running());
  }

  @Test
  void shouldResumeTheGuestWhenTheDestinationRefusesThePackage() throws Exception {
    PostcopyPeer _ =
        peer()
            .loading(
                p -> {
                  p.say(new ReturnPathMessage.Shut(1));
                  p.awaitSource();
                  return true;
                })
            .start();
    MigrationOutcome sent = Rig.outcome(send(settings()));
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Set.of("source"), rig.guests.running());
    assertEquals(1, rig.guests.most());
  }

  @Test
  void shouldNeverRestartTheGuestWhenTheLinkBreaksAtThePackage() throws Exception {
    PostcopyPeer _ = peer().beforePackage(p -> true).start();
    Migration migration = send(settings());
    await(migration, MigrationStatus.POSTCOPY_PAUSED);
    assertEquals(GuestLocation.UNCERTAIN, migration.guest());
    assertEquals(Set.of(), rig.guests.running());
    migration.cancel();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.UNCERTAIN, sent.guest(), sent::toString);
    assertEquals(RunState.PAUSED, rig.source.runState(), "may be started by hand");
    assertEquals(Set.of(), rig.guests.running());
  }

  @Test
  void shouldPauseForRequestsThatCannotBe() throws Exception {
    PostcopyPeer peer =
        peer()
            .started(
                p -> {
                  p.ask("nothing", 7, 1);
                  return false;
                })
            .page(p -> p.arrived() > 30 && !p.wrong().isEmpty())
            .start();
    rig.time = new ManualTime();
    Migration migration = send(settings());
    await(migration, MigrationStatus.POSTCOPY_PAUSED);
    migration.resume(Rig.URI);
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertArrived(peer);
  }

  @Test
  void shouldSaySoWhenAPausedMigrationIsGivenUp() throws Exception {
    PostcopyPeer _ =
        peer()
            .page(
                p -> {
                  // what was said before the link breaks may be lost with it
                  Eventually.isTrue(() -> rig.source.runState() == RunState.POSTMIGRATE);
                  return p.arrived() == 50;
                })
            .start();
    Migration migration = send(settings());
    await(migration, MigrationStatus.POSTCOPY_PAUSED);
    assertEquals(GuestLocation.DESTINATION, migration.guest());
    migration.cancel();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.LOST, sent.guest(), sent::toString);
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertEquals(Set.of("peer"), rig.guests.running());
  }

  @Test
  void shouldNotCancelWhatHasLeft() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    PostcopyPeer peer =
        peer()
            .page(
                p -> {
                  if (p.arrived() == 1) {
                    await(cancelled);
                  }
                  return false;
                })
            .start();
    Migration migration = send(settings());
    Eventually.isTrue(() -> rig.source.runState() == RunState.POSTMIGRATE);
    migration.cancel();
    cancelled.countDown();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(migration).status());
    assertArrived(peer);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldRefuseALinkWithoutReturnPath() throws Exception {
    rig.sourceLink = new CutTransport(rig.link, bytes -> false, CutTransport.When.BEFORE, false);
    PostcopyPeer _ = peer().start();
    MigrationOutcome sent = Rig.outcome(send(settings()));
    assertEquals(GuestLocation.SOURCE, sent.guest());
    assertTrue(
        sent.error().orElseThrow().getMessage().contains("postcopy-ram needs a return path"));
  }
}
