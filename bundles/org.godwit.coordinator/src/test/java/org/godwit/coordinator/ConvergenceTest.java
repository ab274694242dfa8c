package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatistics;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.junit.jupiter.api.Test;

/** When the engine switches over, on a link and a clock of the test. */
class ConvergenceTest {
  private static final long MIB = 1 << 20;
  private static final int PAGES = 4096;

  private final ManualTime time = new ManualTime();
  private final Guests guests = new Guests();
  private final FakeMachine source =
      new FakeMachine("source", guests, List.of(FakeBlock.of("ram0", PAGES, true)));
  private final Rig rig = new Rig();

  ConvergenceTest() {
    for (int page = 0; page < PAGES; page++) {
      source.poke(0, page, page + 1);
    }
  }

  /** The guest writes so many pages between two looks at its log, while it runs. */
  private void dirties(int pages) {
    source.onFetch(
        n -> {
          for (int i = 0; i < pages && source.runState() == RunState.RUNNING; i++) {
            source.poke(0, (n * pages + i) % PAGES, n);
          }
        });
  }

  private MigrationOutcome migrate(long bytesPerSecond, Settings settings) throws Exception {
    source.start();
    new QemuDestination(rig.link, guests, QemuDestination.Mood.WELL);
    Coordinator engine = Rig.engine(new TimedLink(rig.link, time, bytesPerSecond), time);
    MigrationOutcome sent = Rig.outcome(engine.migrate(source, Rig.URI, settings));
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(Set.of("qemu"), guests.running());
    return sent;
  }

  @Test
  void shouldSwitchOverWhenTheRestFitsIntoTheDowntimeLimit() throws Exception {
    // 100 pages take 4 ms at 100 MiB/s
    dirties(100);
    Settings settings = Settings.defaults().with(Parameter.MAX_BANDWIDTH, 0);
    MigrationStatistics figures = migrate(100 * MIB, settings).statistics();
    assertTrue(figures.downtime().total().compareTo(Duration.ofMillis(300)) < 0);
    assertEquals(3, figures.dirtySyncCount(), "setup, one exact look, the last one");
  }

  @Test
  void shouldIterateWhileTheRestDoesNotFit() throws Exception {
    // 1000 pages take 39 ms at 100 MiB/s; the guest tires after ten looks
    source.onFetch(
        n -> {
          for (int i = 0; n < 10 && i < 1000 && source.runState() == RunState.RUNNING; i++) {
            source.poke(0, i, n);
          }
        });
    Settings settings =
        Settings.defaults().with(Parameter.MAX_BANDWIDTH, 0).with(Parameter.DOWNTIME_LIMIT, 10);
    MigrationStatistics figures = migrate(100 * MIB, settings).statistics();
    assertTrue(figures.dirtySyncCount() >= 10, figures::toString);
    assertTrue(figures.downtime().total().compareTo(Duration.ofMillis(10)) < 0);
  }

  @Test
  void shouldKeepToTheBandwidthLimit() throws Exception {
    Settings settings = Settings.defaults().with(Parameter.MAX_BANDWIDTH, 4 * MIB);
    MigrationStatistics figures = migrate(1000 * MIB, settings).statistics();
    // 16 MiB at 4 MiB/s, of which the last 300 ms are not waited for
    assertTrue(figures.totalTime().toMillis() >= 3400, figures::toString);
    assertTrue(figures.totalTime().toMillis() <= 4300, figures::toString);
  }

  @Test
  void shouldTakeANewLimitWhileItRuns() throws Exception {
    Settings settings = Settings.defaults().with(Parameter.MAX_BANDWIDTH, 1 * MIB);
    source.start();
    new QemuDestination(rig.link, guests, QemuDestination.Mood.WELL);
    Coordinator engine = Rig.engine(new TimedLink(rig.link, time, 1000 * MIB), time);
    Migration migration = engine.migrate(source, Rig.URI, settings);
    migration.set(Parameter.MAX_BANDWIDTH, "0");
    MigrationOutcome sent = Rig.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status());
    assertTrue(sent.statistics().totalTime().toMillis() < 15_000);
  }

  /** Nothing is dirty, so nothing is sent: a period without bytes does not say "no bandwidth". */
  @Test
  void shouldKeepTheBandwidthWhileOnlyConsentIsAwaited() throws Exception {
    CountDownLatch looks = new CountDownLatch(100);
    source.onFetch(n -> looks.countDown());
    source.start();
    new QemuDestination(rig.link, guests, QemuDestination.Mood.WELL);
    Coordinator engine = Rig.engine(new TimedLink(rig.link, time, 1000 * MIB), time);
    Settings settings = Settings.defaults().with(Capability.SWITCHOVER_ACK, true);
    Migration migration = engine.migrate(source, Rig.URI, settings);
    assertTrue(looks.await(20, TimeUnit.SECONDS), "the guest's log is looked at again and again");
    migration.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(migration).status());
  }

  @Test
  void shouldAssumeTheBandwidthThatAUserTells() {
    Settings settings =
        Settings.defaults()
            .with(Parameter.AVAIL_SWITCHOVER_BANDWIDTH, 1_000_000)
            .with(Parameter.DOWNTIME_LIMIT, 300);
    assertEquals(300_000, RateLimit.threshold(55, settings));
    assertEquals(16_500, RateLimit.threshold(55, Settings.defaults()));
  }

  @Test
  void shouldTellStatusesAndPassesAsQemuDoes() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    Settings settings = Settings.defaults().with(Capability.PAUSE_BEFORE_SWITCHOVER, true);
    source.start();
    new QemuDestination(rig.link, guests, QemuDestination.Mood.WELL);
    Coordinator engine = Rig.engine(rig.link, time);
    Migration migration = engine.migrate(source, Rig.URI, settings);
    migration.listen(PrecopyTest.recorder("", heard));
    Eventually.isTrue(() -> migration.status() == MigrationStatus.PRE_SWITCHOVER);
    migration.proceed();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(migration).status());
    List<String> end = heard.subList(heard.indexOf(" pre-switchover"), heard.size());
    String last = " pass " + migration.statistics().dirtySyncCount();
    assertEquals(List.of(" pre-switchover", " device", last, " completed"), end);
  }

  @Test
  void shouldSendDifferencesWhenBothSidesAgree() throws Exception {
    rig.source.onFetch(n -> pokeWhileRunning(rig.source, n));
    rig.source.start();
    rig.sourceSettings = Settings.defaults().with(Capability.XBZRLE, true);
    rig.targetSettings = rig.sourceSettings;
    rig.time = time;
    rig.sourceLink = new TimedLink(rig.link, time, 100 * MIB);
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    org.junit.jupiter.api.Assertions.assertArrayEquals(
        rig.source.memory(0), rig.target.machine().memory(0));
    assertTrue(sent.statistics().xbzrle().isPresent());
  }

  private static void pokeWhileRunning(FakeMachine machine, long n) {
    for (int i = 0; i < 50 && n < 40 && machine.runState() == RunState.RUNNING; i++) {
      machine.poke(0, i, n * 1000 + i);
    }
  }
}
