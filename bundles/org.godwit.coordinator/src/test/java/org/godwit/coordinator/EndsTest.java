package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.tck.FaultPoint;
import org.godwit.tck.FaultPoint.Direction;
import org.godwit.tck.FaultyTransport;
import org.junit.jupiter.api.Test;

/** Migrations that are ended from outside, in every phase. */
class EndsTest {
  private final Rig rig = new Rig();

  private void assertGuestAtSource(MigrationOutcome sent, MigrationStatus status) {
    assertEquals(status, sent.status(), sent::toString);
    assertEquals(GuestLocation.SOURCE, sent.guest());
    assertEquals(Set.of("source"), rig.guests.running());
    assertEquals(1, rig.guests.most());
    assertFalse(rig.source.logging());
  }

  @Test
  void shouldFailWhenNobodyListens() throws Exception {
    rig.source.start();
    MigrationOutcome sent = Rig.outcome(rig.send());
    assertGuestAtSource(sent, MigrationStatus.FAILED);
    assertEquals(Fault.LINK, sent.error().orElseThrow().fault());
  }

  @Test
  void shouldCancelWhileConnecting() throws Exception {
    CountDownLatch connecting = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    rig.sourceLink = new SlowConnect(rig.link, connecting, released);
    rig.source.start();
    Migration incoming = rig.receive();
    Migration outgoing = rig.send();
    connecting.await();
    outgoing.cancel();
    assertGuestAtSource(Rig.outcome(outgoing), MigrationStatus.CANCELLED);
    released.countDown();
    incoming.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(incoming).status());
  }

  @Test
  void shouldCancelWhileTheHeaderIsWritten() throws Exception {
    assertCancelsAtByte(0, MigrationStatus.SETUP);
  }

  @Test
  void shouldCancelWhilePagesAreWritten() throws Exception {
    assertCancelsAtByte(300_000, MigrationStatus.ACTIVE);
  }

  private void assertCancelsAtByte(long at, MigrationStatus expected) throws Exception {
    FaultyTransport faulty = new FaultyTransport(rig.link, FaultPoint.stall(Direction.WRITTEN, at));
    rig.sourceLink = faulty;
    rig.source.start();
    Migration incoming = rig.receive();
    Migration outgoing = rig.send();
    faulty.awaitFault();
    assertEquals(expected, outgoing.status());
    outgoing.cancel();
    assertGuestAtSource(Rig.outcome(outgoing), MigrationStatus.CANCELLED);
    incoming.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(incoming).status());
  }

  @Test
  void shouldCancelAtPreSwitchover() throws Exception {
    Migration outgoing = pausedBeforeSwitchover();
    assertEquals(Set.of(), rig.guests.running());
    outgoing.cancel();
    assertGuestAtSource(Rig.outcome(outgoing), MigrationStatus.CANCELLED);
  }

  @Test
  void shouldGoOnFromPreSwitchoverWhenTold() throws Exception {
    Migration outgoing = pausedBeforeSwitchover();
    outgoing.proceed();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(outgoing).status());
    assertEquals(Set.of("target"), rig.guests.running());
    MigrationException late = assertThrows(MigrationException.class, outgoing::proceed);
    assertEquals(Fault.REQUEST, late.fault());
  }

  private Migration pausedBeforeSwitchover() throws Exception {
    rig.sourceSettings = Settings.defaults().with(Capability.PAUSE_BEFORE_SWITCHOVER, true);
    rig.source.start();
    Migration _ = rig.receive();
    Migration outgoing = rig.send();
    Eventually.isTrue(() -> outgoing.status() == MigrationStatus.PRE_SWITCHOVER);
    return outgoing;
  }

  @Test
  void shouldResumeStoppedGuestAsStopped() throws Exception {
    rig.sourceSettings = Settings.defaults().with(Capability.PAUSE_BEFORE_SWITCHOVER, true);
    rig.source.force(RunState.PAUSED);
    Migration _ = rig.receive();
    Migration outgoing = rig.send();
    Eventually.isTrue(() -> outgoing.status() == MigrationStatus.PRE_SWITCHOVER);
    outgoing.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(outgoing).status());
    assertEquals(RunState.PAUSED, rig.source.runState());
  }

  @Test
  void shouldIgnoreCancelAfterTheEnd() throws Exception {
    rig.source.start();
    Migration incoming = rig.receive();
    Migration outgoing = rig.send();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(outgoing).status());
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    outgoing.cancel();
    incoming.cancel();
    assertEquals(MigrationStatus.COMPLETED, outgoing.status());
    assertEquals(MigrationStatus.COMPLETED, incoming.status());
    assertEquals(Set.of("target"), rig.guests.running());
  }

  @Test
  void shouldDiscardWhenTheReceiverIsCancelledWhileItLoads() throws Exception {
    rig.source.start();
    FaultyTransport faulty =
        new FaultyTransport(rig.link, FaultPoint.stall(Direction.WRITTEN, 300_000));
    rig.sourceLink = faulty;
    Migration incoming = rig.receive();
    Migration outgoing = rig.send();
    faulty.awaitFault();
    Eventually.isTrue(() -> incoming.status() == MigrationStatus.ACTIVE);
    incoming.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(incoming).status());
    faulty.release();
    assertGuestAtSource(Rig.outcome(outgoing), MigrationStatus.FAILED);
    assertTrue(rig.target.calls().contains("discard"));
  }

  @Test
  void shouldEndWithTheNameOfTheBundleThatWentAway() throws Exception {
    rig.sourceSettings = Settings.defaults().with(Capability.PAUSE_BEFORE_SWITCHOVER, true);
    rig.source.start();
    Migration _ = rig.receive();
    Coordinator engine = Rig.engine(rig.sourceLink, rig.time);
    Migration outgoing = engine.migrate(rig.source, Rig.URI, rig.sourceSettings);
    Eventually.isTrue(() -> outgoing.status() == MigrationStatus.PRE_SWITCHOVER);
    engine.serviceGone(rig.sourceLink, "org.example.transport");
    MigrationOutcome sent = Rig.outcome(outgoing);
    assertGuestAtSource(sent, MigrationStatus.FAILED);
    assertTrue(sent.error().orElseThrow().getMessage().contains("org.example.transport"));
  }

  @Test
  void shouldEndWithTheNameOfTheBundleWhoseMachineItWas() throws Exception {
    FakeProvider maker = new FakeProvider();
    Catalog catalog = Rig.catalog(rig.link);
    catalog.addMachines(new Lease<>(stranger(), "org.example.other", 0));
    catalog.addMachines(new Lease<>(maker, "org.example.machines", 0));
    Coordinator engine = new Coordinator(catalog, rig.time);
    Migration _ = rig.receive();
    rig.sourceSettings = Settings.defaults().with(Capability.PAUSE_BEFORE_SWITCHOVER, true);
    rig.source.start();
    Migration outgoing = engine.migrate(rig.source, Rig.URI, rig.sourceSettings);
    Eventually.isTrue(() -> outgoing.status() == MigrationStatus.PRE_SWITCHOVER);

    engine.serviceGone(maker, "org.example.machines");

    MigrationOutcome sent = Rig.outcome(outgoing);
    assertGuestAtSource(sent, MigrationStatus.FAILED);
    assertTrue(sent.error().orElseThrow().getMessage().contains("org.example.machines"));
  }

  @Test
  void shouldStopWaitingForAGuestWhenTheBundleOfItsMachineGoes() throws Exception {
    FakeProvider maker = new FakeProvider();
    Catalog catalog = Rig.catalog(rig.link);
    catalog.addMachines(new Lease<>(maker, "org.example.machines", 0));
    Coordinator engine = new Coordinator(catalog, rig.time);
    Migration incoming = engine.incoming(rig.target, Rig.URI, rig.targetSettings, true);
    engine.serviceGone(maker, "org.example.machines");
    MigrationOutcome received = Rig.outcome(incoming);
    assertEquals(MigrationStatus.FAILED, received.status());
    assertTrue(received.error().orElseThrow().getMessage().contains("org.example.machines"));
    assertTrue(rig.target.calls().contains("discard"));
  }

  @Test
  void shouldEndAJobWhoseMachinesBundleWentBeforeItWasRemembered() throws Exception {
    FakeProvider maker = new FakeProvider();
    Catalog catalog = Rig.catalog(rig.link);
    catalog.addMachines(new Lease<>(maker, "org.example.machines", 0));
    rig.source.start();
    rig.source.afterLook(() -> catalog.remove(maker));
    Coordinator engine = new Coordinator(catalog, rig.time);
    MigrationOutcome sent = Rig.outcome(engine.migrate(rig.source, Rig.URI, rig.sourceSettings));
    assertTrue(sent.error().orElseThrow().getMessage().contains("org.example.machines"));
  }

  @Test
  void shouldGoOnWhenABundleOfOtherMachinesGoes() throws Exception {
    MachineProvider other = stranger();
    Catalog catalog = Rig.catalog(rig.link);
    catalog.addMachines(new Lease<>(other, "org.example.other", 0));
    Coordinator engine = new Coordinator(catalog, rig.time);
    rig.sourceSettings = Settings.defaults().with(Capability.PAUSE_BEFORE_SWITCHOVER, true);
    rig.source.start();
    Migration _ = rig.receive();
    Migration outgoing = engine.migrate(rig.source, Rig.URI, rig.sourceSettings);
    Eventually.isTrue(() -> outgoing.status() == MigrationStatus.PRE_SWITCHOVER);
    engine.serviceGone(other, "org.example.other");
    outgoing.proceed();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(outgoing).status());
  }

  /** A provider whose code comes from somewhere else. */
  private static MachineProvider stranger() {
    ClassLoader elsewhere = new ClassLoader(EndsTest.class.getClassLoader()) {};
    Class<?>[] role = {MachineProvider.class};
    return (MachineProvider)
        Proxy.newProxyInstance(
            elsewhere,
            role,
            (_, method, _) -> {
              throw new UnsupportedOperationException(method.getName());
            });
  }

  @Test
  void shouldFailWhenThePeerNeverReads() throws Exception {
    FaultyTransport faulty =
        new FaultyTransport(rig.link, FaultPoint.stall(Direction.WRITTEN, 300_000));
    rig.source.start();
    Migration _ = rig.receive();
    assertStalls(faulty, faulty);
  }

  private void assertStalls(FaultyTransport faulty, FaultyTransport sourceLink) throws Exception {
    ManualTime time = new ManualTime();
    Coordinator engine = Rig.engine(sourceLink, time);
    Settings settings = Settings.defaults().with(Parameter.STALL_TIMEOUT, 5000);
    Migration outgoing = engine.migrate(rig.source, Rig.URI, settings);
    faulty.awaitFault();
    engine.tick();
    time.advance(4_999_000_000L);
    engine.tick();
    assertEquals(MigrationStatus.ACTIVE, outgoing.status());
    time.advance(1_000_000L);
    engine.tick();
    MigrationOutcome sent = Rig.outcome(outgoing);
    assertGuestAtSource(sent, MigrationStatus.FAILED);
    assertTrue(sent.error().orElseThrow().getMessage().contains("x-godwit-stall-timeout"));
  }

  @Test
  void shouldLeaveNothingWhenTheMachineCannotBeMadeWhole() throws Exception {
    rig.target.failingCommit();
    rig.source.start();
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    MigrationOutcome received = Rig.outcome(incoming);
    assertGuestAtSource(sent, MigrationStatus.FAILED);
    assertEquals(Fault.PEER, sent.error().orElseThrow().fault());
    assertEquals(MigrationStatus.FAILED, received.status());
    assertEquals(Fault.ENVIRONMENT, received.error().orElseThrow().fault());
    assertTrue(received.machine().isEmpty());
    assertEquals(List.of("commit", "discard"), rig.target.calls());
  }

  @Test
  void shouldEndWhenTheMachineCannotTakeAnotherPeer() throws Exception {
    rig.target.notResettable();
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).start().part(1).flush();
    }
    assertEquals(MigrationStatus.FAILED, Rig.outcome(incoming).status());
    assertEquals(List.of("reset", "discard"), rig.target.calls());
  }

  @Test
  void shouldRefuseASecondMigrationOfOneMachine() throws Exception {
    Migration outgoing = pausedBeforeSwitchover();
    Coordinator engine = Rig.engine(rig.link, rig.time);
    rig.source.force(RunState.PAUSED);
    outgoing.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(outgoing).status());
    Migration again = engine.migrate(rig.source, Rig.URI, rig.sourceSettings);
    MigrationException refused =
        assertThrows(
            MigrationException.class,
            () -> engine.migrate(rig.source, Rig.URI, rig.sourceSettings));
    assertEquals(Fault.REQUEST, refused.fault());
    again.cancel();
    MigrationOutcome _ = Rig.outcome(again);
  }

  @Test
  void shouldRefuseAGuestThatWasGivenAwayMeanwhile() throws Exception {
    rig.source.start();
    rig.source.afterLook(() -> rig.source.force(RunState.POSTMIGRATE));
    Coordinator engine = Rig.engine(rig.link, rig.time);
    for (int i = 0; i < 2; i++) {
      MigrationException refused =
          assertThrows(
              MigrationException.class,
              () -> engine.migrate(rig.source, Rig.URI, rig.sourceSettings));
      assertTrue(refused.getMessage().contains("postmigrate"), refused::getMessage);
      rig.source.force(RunState.PAUSED);
    }
    assertTrue(engine.migrations().isEmpty());
  }

  @Test
  void shouldMoveTenGuestsAtOnceInBothDirections() throws Exception {
    Coordinator one = Rig.engine(rig.link, TimeSource.SYSTEM);
    Coordinator other = Rig.engine(rig.link, TimeSource.SYSTEM);
    List<Migration> all = new ArrayList<>();
    Guests guests = new Guests();
    for (int i = 0; i < 10; i++) {
      Coordinator from = i % 2 == 0 ? one : other;
      Coordinator to = i % 2 == 0 ? other : one;
      FakeMachine machine = FakeMachine.small("source" + i, guests).filled(i * 1000L);
      machine.start();
      FakeIncoming incoming = new FakeIncoming("target" + i, guests);
      all.add(to.incoming(incoming, "memory:" + i, Settings.defaults(), true));
      all.add(from.migrate(machine, "memory:" + i, Settings.defaults()));
    }
    for (Migration migration : all) {
      MigrationOutcome outcome = Rig.outcome(migration);
      assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    }
    assertEquals(10, guests.running().size());
    assertTrue(guests.running().stream().allMatch(name -> name.startsWith("target")));
  }
}
