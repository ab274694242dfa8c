package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.junit.jupiter.api.Test;

/** Postcopy that begins by itself. */
class HopelessPrecopyTest {
  private static final Settings THREE = Settings.defaults().with(Parameter.POSTCOPY_AFTER, 3);

  private final Convergence convergence = new Convergence();

  @Test
  void shouldGiveUpAfterSoManyFruitlessPassesInARow() {
    convergence.synced(0, 1000);
    convergence.synced(1000, 1000);
    convergence.synced(2000, 2000);
    assertFalse(convergence.hopeless(THREE));
    convergence.synced(4000, 2000);
    assertTrue(convergence.hopeless(THREE));
    assertFalse(convergence.hopeless(Settings.defaults()), "only if asked for");
  }

  @Test
  void shouldGoOnAsLongAsAPassLeavesLess() {
    convergence.synced(0, 1000);
    for (int pass = 1; pass < 10; pass++) {
      convergence.synced(1000L * pass, pass % 3 == 0 ? 999 : 1000);
      assertFalse(convergence.hopeless(THREE));
    }
  }

  @Test
  void shouldGoToPostcopyWhenTheGuestWritesFasterThanTheLinkCarries() throws Exception {
    Rig rig = new Rig();
    rig.time = new ManualTime();
    rig.source.onFetch(
        fetch -> {
          for (int page = 0; page < 200 && rig.source.runState() == RunState.RUNNING; page++) {
            rig.source.poke(0, page, fetch);
          }
        });
    rig.source.start();
    PostcopyPeer peer = new PostcopyPeer(rig.link, rig.guests).start();
    Settings settings =
        Settings.defaults()
            .with(Capability.POSTCOPY_RAM, true)
            .with(Parameter.MAX_BANDWIDTH, 1 << 20)
            .with(Parameter.DOWNTIME_LIMIT, 1)
            .with(Parameter.POSTCOPY_AFTER, 2);
    Migration migration = Rig.engine(rig.link, rig.time).migrate(rig.source, Rig.URI, settings);
    List<String> heard = new CopyOnWriteArrayList<>();
    var _ = migration.listen(PrecopyTest.recorder("out", heard));
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertTrue(heard.contains("out postcopy-active"), heard::toString);
    assertEquals(List.of(), peer.wrong());
    assertEquals(1, rig.guests.most());
  }
}
