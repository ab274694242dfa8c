package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The source with a channel for requested pages. */
@Timeout(60)
class PreemptSourceTest {
  private final Rig rig = new Rig();
  private final CountDownLatch full = new CountDownLatch(1);
  private final CountDownLatch free = new CountDownLatch(1);
  private final CountDownLatch delivered = new CountDownLatch(1);
  // volatile: set by the peer, read by the sending thread
  private volatile boolean armed;

  /** Its main channel is full from when it is told so, until it is freed. */
  private final class FullMain extends SecondChannels {
    FullMain() {
      super(rig.link, 0);
    }

    @Override
    Channel connected(Channel channel) {
      return new ForwardingChannel(channel) {
        @Override
        public void write(GatherList pieces) throws TransportException {
          if (armed) {
            full.countDown();
            await(free);
          }
          inner.write(pieces);
        }
      };
    }

    @Override
    void onSecond() {
      delivered.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Of both generations of the preempt channel. */
  @ParameterizedTest
  @ValueSource(strings = {"pc-i440fx-7.2", "pc-i440fx-10.0"})
  void shouldDeliverARequestedPageWhileTheMainChannelIsFull(String type) throws Exception {
    rig.source.withType(type).start();
    rig.sourceLink = new FullMain();
    PostcopyPeer peer =
        new PostcopyPeer(rig.link, rig.guests)
            .started(
                p -> {
                  armed = true;
                  await(full);
                  p.ask("rom", 69, 1);
                  return false;
                })
            .start();
    Settings slow =
        Settings.defaults()
            .with(Capability.POSTCOPY_RAM, true)
            .with(Capability.POSTCOPY_PREEMPT, true)
            .with(Parameter.LAZY, "on")
            .with(Parameter.MAX_POSTCOPY_BANDWIDTH, 40960);
    Migration migration = Rig.engine(rig.sourceLink, rig.time).migrate(rig.source, Rig.URI, slow);
    await(delivered);
    assertEquals(1, free.getCount());
    migration.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
    free.countDown();
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(1, sent.statistics().postcopy().orElseThrow().requestedPages());
    assertEquals(List.of(), peer.wrong());
    assertEquals(369, peer.followed().size());
  }
}
