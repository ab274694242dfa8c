package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Released memory is never wanted again: blocks of the tests turn to garbage when released. */
@Timeout(60)
class ReleaseRamTest {
  private static final int PAGES = 370;
  private static final long ALL = PAGES * 4096L;

  private final Rig rig = new Rig();
  private final byte[] ram = rig.source.memory(0);
  private final byte[] rom = rig.source.memory(1);

  private Migration send() throws Exception {
    return send("0");
  }

  private Migration send(String bandwidth) throws Exception {
    rig.source.start();
    Settings settings =
        Settings.defaults()
            .with(Capability.POSTCOPY_RAM, true)
            .with(Capability.RELEASE_RAM, true)
            .with(Parameter.MAX_POSTCOPY_BANDWIDTH, bandwidth)
            .with(Parameter.LAZY, "on");
    return Rig.engine(rig.sourceLink, rig.time).migrate(rig.source, Rig.URI, settings);
  }

  private PostcopyPeer peer() throws Exception {
    return new PostcopyPeer(rig.link, rig.guests);
  }

  private static long released(Migration migration) {
    return migration.statistics().postcopy().map(figures -> figures.releasedBytes()).orElse(0L);
  }

  private void assertArrived(Migration migration, PostcopyPeer peer) throws Exception {
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(List.of(), peer.wrong());
    assertArrayEquals(ram, peer.memory("ram0"));
    assertArrayEquals(rom, peer.memory("rom"));
    assertEquals(ALL, released(migration));
    byte[] garbage = new byte[ram.length];
    Arrays.fill(garbage, (byte) 0x77);
    assertArrayEquals(garbage, rig.source.memory(0));
  }

  /** So slow that only what is asked for goes on, until something was released. */
  private Migration sendSlowly() throws Exception {
    rig.time = new PostcopyTest.StandingTime();
    return send("40960");
  }

  @Test
  void shouldReleaseWhatArrivedWhileTheRestFollows() throws Exception {
    PostcopyPeer peer = peer().start();
    Migration migration = sendSlowly();
    Eventually.isTrue(() -> released(migration) > 0);
    assertEquals(MigrationStatus.POSTCOPY_ACTIVE, migration.status());
    assertTrue(released(migration) <= peer.arrived() * 4096L);
    migration.pause();
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    migration.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
    migration.resume(Rig.URI);
    assertArrived(migration, peer);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 200, 369, 370})
  void shouldLoseNothingThatALinkTookWithIt(int pages) throws Exception {
    PostcopyPeer peer = peer().page(p -> p.connections() == 1 && p.arrived() == pages).start();
    Migration migration = send();
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    assertTrue(released(migration) <= pages * 4096L, "only what has arrived");
    migration.resume(Rig.URI);
    assertArrived(migration, peer);
  }

  /** Without PONG 3 the package may still be refused, and the guest come back. */
  @Test
  void shouldReleaseNothingWhileTheGuestMayComeBack() throws Exception {
    PostcopyPeer peer =
        peer().silent().page(p -> p.connections() == 1 && p.arrived() == 300).start();
    Migration migration = send();
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    assertEquals(GuestLocation.UNCERTAIN, migration.guest());
    assertEquals(0, released(migration));
    assertArrayEquals(ram, rig.source.memory(0));
    migration.resume(Rig.URI);
    assertArrived(migration, peer);
  }

  @Test
  void shouldReleaseNothingBeforeTheGuestHasLeft() throws Exception {
    PostcopyPeer _ =
        peer()
            .loading(
                p -> {
                  // as if all pages had arrived, before anything of the package was loaded
                  p.say(new ReturnPathMessage.Pong(Handshake.MARK));
                  p.say(new ReturnPathMessage.Shut(1));
                  p.awaitSource();
                  return true;
                })
            .start();
    Migration migration = send();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(RunState.RUNNING, rig.source.runState());
    assertEquals(0, released(migration));
    assertArrayEquals(ram, rig.source.memory(0));
  }

  @Test
  void shouldStayPausedWhenTheDestinationWantsAgainWhatWasReleased() throws Exception {
    PostcopyPeer peer =
        peer()
            .atBitmap(
                p -> {
                  if (p.connections() == 2) {
                    p.say(new ReturnPathMessage.RecvBitmap("ram0", new byte[40]));
                    p.awaitSource();
                    return true;
                  }
                  return false;
                })
            .start();
    Migration migration = sendSlowly();
    List<String> failures = new CopyOnWriteArrayList<>();
    var _ = migration.listen(recorder(failures));
    Eventually.isTrue(() -> released(migration) > 0);
    migration.pause();
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    migration.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
    migration.resume(Rig.URI);
    Eventually.isTrue(() -> failures.size() == 2);
    assertTrue(failures.getLast().contains("they were released here"), failures::toString);
    migration.resume(Rig.URI);
    assertArrived(migration, peer);
  }

  private static MigrationListener recorder(List<String> failures) {
    return new MigrationListener() {
      @Override
      public void statusChanged(Migration migration, MigrationStatus status) {}

      @Override
      public void passDone(Migration migration, long pass) {}

      @Override
      public void attemptFailed(Migration migration, MigrationException error) {
        failures.add(error.getMessage());
      }
    };
  }
}
