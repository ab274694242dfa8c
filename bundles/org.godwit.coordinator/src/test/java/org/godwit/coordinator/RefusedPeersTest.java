package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.junit.jupiter.api.Test;

/** Peers that a transport turns away before the engine sees them. */
class RefusedPeersTest {
  private static final Duration WAITING = Duration.ofHours(1);

  private final ManualTime time = new ManualTime();
  private final Rig rig = new Rig();
  private final Doorkeeper door = new Doorkeeper(rig.link);
  private final List<String> told = new ArrayList<>();

  private Migration receive() throws MigrationException {
    rig.targetLink = door;
    rig.time = time;
    Migration receiving = rig.receive();
    time.advance(WAITING.toNanos());
    return receiving;
  }

  private MigrationListener listener(boolean cancel) {
    return new MigrationListener() {
      @Override
      public void statusChanged(Migration migration, MigrationStatus status) {}

      @Override
      public void passDone(Migration migration, long pass) {}

      @Override
      public void attemptFailed(Migration migration, MigrationException error) {
        told.add(error.getMessage());
        if (cancel) {
          migration.cancel();
        }
      }
    };
  }

  @Test
  void shouldTellWhoWasTurnedAwayAndEndWhereOnePeerIsEnough() throws Exception {
    Migration receiving = receive();
    try (var _ = receiving.listen(listener(true))) {
      door.turnAway();
      assertEquals(MigrationStatus.CANCELLED, Rig.outcome(receiving).status());
    }
    assertEquals(List.of("No TLS. Waiting for the next peer."), told);
  }

  @Test
  void shouldNotCountTheTimeBeforeTheGoodPeerCame() throws Exception {
    Migration receiving = receive();
    MigrationOutcome arrived;
    try (var _ = receiving.listen(listener(false))) {
      door.turnAway();
      rig.source.start();
      Rig.outcome(rig.send());
      arrived = Rig.outcome(receiving);
    }
    assertEquals(MigrationStatus.COMPLETED, arrived.status(), arrived::toString);
    assertEquals(1, told.size());
    Duration total = arrived.statistics().totalTime();
    assertTrue(total.compareTo(WAITING) < 0, total::toString);
  }

  /** Turns a peer away when it is told to. */
  private static final class Doorkeeper extends ForwardingTransport {
    private Consumer<TransportException> listener = _ -> {};

    Doorkeeper(Transport inner) {
      super(inner);
    }

    void turnAway() {
      listener.accept(new TransportException(Reason.SECURITY, "No TLS"));
    }

    @Override
    void onRefused(ChannelServer server, Consumer<TransportException> told) {
      listener = told;
    }
  }
}
