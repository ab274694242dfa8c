package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A broken link in postcopy loses nothing, wherever it breaks and however often. */
class PostcopyRecoveryTest {
  private static final int PAGES = 370;

  private final Rig rig = new Rig();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final TrappingRam ram = new TrappingRam(rig.guests);

  private Migration send() throws Exception {
    return send(Settings.defaults());
  }

  private Migration send(Settings more) throws Exception {
    rig.source.start();
    Settings settings = more.with(Capability.POSTCOPY_RAM, true).with(Parameter.LAZY, "on");
    Migration migration =
        new Coordinator(Rig.catalog(rig.sourceLink, ram), rig.time)
            .migrate(rig.source, Rig.URI, settings);
    var _ = migration.listen(PrecopyTest.recorder("out", heard));
    return migration;
  }

  private PostcopyPeer peer() throws Exception {
    return new PostcopyPeer(rig.link, rig.guests);
  }

  private static void resumeOncePaused(Migration migration) throws Exception {
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    migration.resume(Rig.URI);
  }

  private void assertCompleted(Migration migration, PostcopyPeer peer, int recoveries)
      throws Exception {
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(GuestLocation.DESTINATION, sent.guest());
    assertEquals(List.of(), peer.wrong());
    assertArrayEquals(rig.source.memory(0), peer.memory("ram0"));
    assertArrayEquals(rig.source.memory(1), peer.memory("rom"));
    assertEquals(1, rig.guests.most());
    assertEquals(Set.of("peer"), rig.guests.running());
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertEquals(recoveries, sent.statistics().postcopy().orElseThrow().recoveries());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 17, 200, 369, 370})
  void shouldGoOnWhereTheLinkBroke(int pages) throws Exception {
    PostcopyPeer peer = peer().page(p -> p.connections() == 1 && p.arrived() == pages).start();
    Migration migration = send();
    resumeOncePaused(migration);
    assertCompleted(migration, peer, 1);
    assertEquals(PAGES, peer.followed().size());
    assertEquals(
        List.of(
            "out postcopy-paused",
            "out postcopy-recover-setup",
            "out postcopy-recover",
            "out postcopy-active",
            "out completed"),
        heard.subList(heard.size() - 5, heard.size()));
  }

  @Test
  void shouldGoOnAsOftenAsTheLinkBreaks() throws Exception {
    PostcopyPeer peer = peer().page(p -> p.arrived() == 60 * p.connections()).start();
    Migration migration = send();
    for (int i = 0; i < 6; i++) {
      int recoveries = i;
      Eventually.isTrue(() -> peer.connections() > recoveries);
      resumeOncePaused(migration);
    }
    assertCompleted(migration, peer, 6);
  }

  @Test
  void shouldPauseOnPurposeAndServeRequestsAfterwards() throws Exception {
    Migration[] migration = new Migration[1];
    PostcopyPeer peer =
        peer()
            .page(
                p -> {
                  if (p.connections() == 1 && p.arrived() == 100) {
                    Eventually.isTrue(
                        () ->
                            migration[0] != null
                                && migration[0].status() == MigrationStatus.POSTCOPY_ACTIVE);
                    assertThrows(MigrationException.class, () -> migration[0].resume(Rig.URI));
                    assertPauses(migration[0]);
                  }
                  return false;
                })
            .atResume(
                p -> {
                  p.ask("rom", 69, 1);
                  return false;
                })
            .start();
    migration[0] = send();
    resumeOncePaused(migration[0]);
    assertCompleted(migration[0], peer, 1);
  }

  private static void assertPauses(Migration migration) {
    try {
      migration.pause();
    } catch (MigrationException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldFallBackToPausedWhereverTheRecoveryBreaks() throws Exception {
    PostcopyPeer peer =
        peer()
            .page(p -> p.connections() == 1 && p.arrived() == 100)
            .atBitmap(p -> p.connections() == 2)
            .atResume(p -> p.connections() == 3)
            .start();
    Migration migration = send();
    for (int connection = 1; connection <= 3; connection++) {
      int seen = connection;
      Eventually.isTrue(() -> peer.connections() == seen);
      resumeOncePaused(migration);
    }
    assertCompleted(migration, peer, 1);
  }

  @Test
  void shouldFallBackToPausedForBitmapsThatCannotBe() throws Exception {
    PostcopyPeer peer =
        peer()
            .page(p -> p.connections() == 1 && p.arrived() == 100)
            .atBitmap(
                p -> {
                  if (p.connections() == 2) {
                    p.say(new ReturnPathMessage.RecvBitmap("ram0", new byte[8]));
                  }
                  return false;
                })
            .start();
    Migration migration = send();
    resumeOncePaused(migration);
    Eventually.isTrue(() -> peer.connections() == 2);
    resumeOncePaused(migration);
    assertCompleted(migration, peer, 1);
  }

  @Test
  void shouldStayPausedWhenNobodyListens() throws Exception {
    PostcopyPeer peer = peer().page(p -> p.connections() == 1 && p.arrived() == 100).start();
    Migration migration = send();
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    assertThrows(MigrationException.class, () -> migration.resume("other:nowhere"));
    migration.resume("memory:nobody");
    Eventually.isTrue(() -> heard.contains("out postcopy-recover-setup"));
    resumeOncePaused(migration);
    assertCompleted(migration, peer, 1);
  }

  /** QEMU takes up a migration again only if its guest runs. */
  @Test
  void shouldTakeARecoveryOfQemuForAGuestThatRuns() throws Exception {
    PostcopyPeer peer =
        peer()
            .silent()
            .page(
                p -> {
                  if (p.connections() == 2 && p.arrived() == 150) {
                    Eventually.isTrue(() -> rig.source.runState() == RunState.POSTMIGRATE);
                  }
                  return p.connections() == 1 && p.arrived() == 100;
                })
            .start();
    Migration migration = send();
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    assertEquals(GuestLocation.UNCERTAIN, migration.guest());
    migration.resume(Rig.URI);
    assertCompleted(migration, peer, 1);
  }

  @Test
  void shouldStayPausedWhenTheLastWordIsMissing() throws Exception {
    PostcopyPeer peer = peer().atEnd(p -> p.connections() == 1).start();
    Migration migration = send();
    resumeOncePaused(migration);
    assertCompleted(migration, peer, 1);
    assertEquals(PAGES, peer.followed().size());
  }

  @Test
  void shouldPauseOnPurposeBeforeItConnects() throws Exception {
    PostcopyPeer peer = peer().page(p -> p.connections() == 1 && p.arrived() == 100).start();
    Migration migration = send();
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    AtomicInteger setups = new AtomicInteger();
    ram.onBlocks(
        () -> {
          if (migration.status() == MigrationStatus.POSTCOPY_RECOVER_SETUP
              && setups.getAndIncrement() == 0) {
            assertPauses(migration);
          }
        });
    migration.resume(Rig.URI);
    Eventually.isTrue(() -> setups.get() == 1);
    resumeOncePaused(migration);
    assertCompleted(migration, peer, 1);
    assertEquals(2, setups.get());
  }

  @Test
  void shouldFreeTheDestinationWhenTheSecondChannelCannotBeMade() throws Exception {
    PostcopyPeer peer = peer().page(p -> p.connections() == 1 && p.arrived() == 100).start();
    rig.source.withType("pc-i440fx-7.2");
    rig.sourceLink = new SecondChannels(rig.link, 2);
    Migration migration = send(Settings.defaults().with(Capability.POSTCOPY_PREEMPT, true));
    resumeOncePaused(migration);
    Eventually.isTrue(() -> heard.contains("out postcopy-recover-setup"));
    resumeOncePaused(migration);
    assertCompleted(migration, peer, 1);
    assertEquals(3, peer.connections());
  }

  /** A link that breaks may take along what was said over it before. */
  private void awaitLeft() {
    Eventually.isTrue(() -> rig.source.runState() == RunState.POSTMIGRATE);
  }

  @Test
  void shouldNotSayThatAllArrivedBecauseAllWasSent() throws Exception {
    PostcopyPeer _ =
        peer()
            .atEnd(
                p -> {
                  awaitLeft();
                  return true;
                })
            .start();
    Migration migration = send();
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    migration.cancel();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(GuestLocation.UNCERTAIN, sent.guest(), sent::toString);
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    String sentence = sent.error().orElseThrow().getMessage();
    assertTrue(sentence.contains("did not confirm that it came"), sentence);
  }

  @Test
  void shouldSayWhatIsMissingWhenLessArrivedThanWasSent() throws Exception {
    PostcopyPeer peer =
        peer()
            .atEnd(
                p -> {
                  awaitLeft();
                  p.lose("ram0", 100);
                  return true;
                })
            .atResume(p -> true)
            .start();
    Migration migration = send();
    resumeOncePaused(migration);
    Eventually.isTrue(() -> peer.connections() == 2);
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    migration.cancel();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(GuestLocation.LOST, sent.guest(), sent::toString);
  }

  @Test
  void shouldPauseWhenABundleGoesAndEndWithTheEngine() throws Exception {
    PostcopyPeer peer =
        peer()
            .page(
                p -> {
                  if (p.arrived() == 100) {
                    Eventually.isTrue(() -> heard.contains("out postcopy-paused"));
                  }
                  return false;
                })
            .start();
    rig.source.start();
    Coordinator engine = Rig.engine(rig.link, rig.time);
    Settings settings =
        Settings.defaults().with(Capability.POSTCOPY_RAM, true).with(Parameter.LAZY, "on");
    Migration migration = engine.migrate(rig.source, Rig.URI, settings);
    var _ = migration.listen(PrecopyTest.recorder("out", heard));
    Eventually.isTrue(() -> peer.arrived() > 50);
    // only with PONG 3 the source knows that the guest left
    Eventually.isTrue(() -> migration.guest() == GuestLocation.DESTINATION);
    engine.serviceGone(rig.link, "org.godwit.transport.test");
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    var _ = engine.close();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.LOST, sent.guest(), sent::toString);
    assertEquals(Set.of("peer"), rig.guests.running());
  }
}
