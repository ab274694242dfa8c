package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.godwit.api.machine.FirstPages;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.junit.jupiter.api.Test;

/**
 * An instant restore of a machine that knows its first pages, on a link and a clock of the test.
 */
class LearnedPagesTest {
  private static final int PAGES = 16_384;
  private static final int KNOWN = 5000;
  private static final long BYTES_PER_SECOND = 100 << 20;

  private final Rig rig = new Rig();
  private final List<FirstPages.Restore> learned = new CopyOnWriteArrayList<>();

  /** The source, which besides knows pages. */
  private Machine knowing(FakeMachine source) {
    FirstPages pages =
        new FirstPages() {
          @Override
          public Map<String, BitSet> known() {
            BitSet known = new BitSet();
            known.set(0, KNOWN);
            return Map.of("ram0", known);
          }

          @Override
          public void learn(Restore restore) {
            learned.add(restore);
          }

          @Override
          public Optional<Lesson> lesson() {
            return Optional.empty();
          }
        };
    return (Machine)
        Proxy.newProxyInstance(
            Machine.class.getClassLoader(),
            new Class<?>[] {Machine.class, FirstPages.class},
            (proxy, method, arguments) ->
                invoke(
                    method,
                    method.getDeclaringClass() == FirstPages.class ? pages : source,
                    arguments));
  }

  private static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /**
   * The known pages take 200 ms; after 100 ms the link is measured, and all that is left of them
   * would fit into the downtime limit.
   */
  @Test
  void shouldSendAllKnownPagesAlthoughTheRestWouldFitIntoTheDowntimeLimit() throws Exception {
    rig.time = new ManualTime();
    FakeMachine source =
        new FakeMachine("source", rig.guests, List.of(FakeBlock.of("ram0", PAGES, true)));
    for (int page = 0; page < PAGES; page++) {
      source.poke(0, page, page + 1);
    }
    PostcopyPeer peer = new PostcopyPeer(rig.link, rig.guests).start();
    Settings settings =
        Settings.defaults()
            .with(Capability.POSTCOPY_RAM, true)
            .with(Parameter.MAX_BANDWIDTH, 0)
            .with(Parameter.LAZY, "on");
    Coordinator engine =
        Rig.engine(new TimedLink(rig.link, (ManualTime) rig.time, BYTES_PER_SECOND), rig.time);
    MigrationOutcome sent = Rig.outcome(engine.migrate(knowing(source), Rig.URI, settings));
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(List.of(), peer.wrong());
    assertEquals(KNOWN, learned.getFirst().prefetched());
  }

  @Test
  void shouldCountARestoreOnceAlthoughItsLastWordCameTwice() throws Exception {
    rig.source.start();
    PostcopyPeer _ =
        new PostcopyPeer(rig.link, rig.guests).atEnd(p -> p.connections() == 1).start();
    Settings settings =
        Settings.defaults().with(Capability.POSTCOPY_RAM, true).with(Parameter.LAZY, "on");
    Migration migration =
        Rig.engine(rig.link, rig.time).migrate(knowing(rig.source), Rig.URI, settings);
    Eventually.isTrue(() -> migration.status() == MigrationStatus.POSTCOPY_PAUSED);
    migration.resume(Rig.URI);
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(1, learned.size());
  }
}
