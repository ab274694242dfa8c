package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.coordinator.BrokenTransport.Where;
import org.junit.jupiter.api.Test;

/**
 * Machines, transports and listeners with bugs: a migration ends and says the truth all the same.
 */
class BugsTest {
  private final Rig rig = new Rig();

  private static void bug() {
    throw new AssertionError("a bug of a test");
  }

  @Test
  void shouldOwnAGuestWhoseStartThrows() throws Exception {
    rig.withoutRedelivery();
    rig.target.machine().onStart(BugsTest::bug);
    rig.source.start();
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    MigrationOutcome held = Rig.outcome(incoming);
    assertEquals(GuestLocation.DESTINATION, sent.guest(), sent::toString);
    assertEquals(GuestLocation.DESTINATION, held.guest(), held::toString);
    assertTrue(held.machine().isPresent());
    assertFalse(rig.target.calls().contains("discard"));
  }

  @Test
  void shouldCompleteWhenClosingThrows() throws Exception {
    rig.sourceLink = new BrokenTransport(rig.link, Where.CLOSE);
    rig.targetLink = rig.sourceLink;
    rig.source.start();
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    MigrationOutcome received = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, received.status(), received::toString);
    assertEquals(Set.of("target"), rig.guests.running());
  }

  @Test
  void shouldEndWhenTheGuestCannotBeTakenBack() throws Exception {
    rig.sourceLink =
        new CutTransport(
            rig.link, CutTransport.contains(5, 'c', 'l', 'o', 'c', 'k'), CutTransport.When.BEFORE);
    rig.source.start();
    rig.source.onStart(BugsTest::bug);
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertTrue(sent.error().orElseThrow().getMessage().contains("a bug of a test"));
    incoming.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(incoming).status());
  }

  @Test
  void shouldFailWhenTheReturnPathThrows() throws Exception {
    rig.sourceLink = new BrokenTransport(rig.link, Where.READ);
    assertGuestStays();
  }

  @Test
  void shouldFailWhenConnectingThrows() throws Exception {
    rig.sourceLink = new BrokenTransport(rig.link, Where.CONNECT);
    assertGuestStays();
  }

  private void assertGuestStays() throws Exception {
    rig.source.start();
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Fault.LOCAL, sent.error().orElseThrow().fault());
    assertEquals(Set.of("source"), rig.guests.running());
    incoming.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(incoming).status());
  }

  @Test
  void shouldDiscardTheMachineWhenTheTransportThrows() {
    rig.targetLink = new BrokenTransport(rig.link, Where.REFUSAL);
    assertThrows(IllegalStateException.class, rig::receive);
    assertEquals(List.of("discard"), rig.target.calls());
  }

  @Test
  void shouldDeliverTheEventsBehindOneThatThrows() {
    List<String> delivered = new ArrayList<>();
    EventLine line = new EventLine();
    line.add(BugsTest::bug);
    line.add(() -> delivered.add("second"));
    line.deliver();
    line.add(() -> delivered.add("third"));
    line.deliver();
    assertEquals(List.of("second", "third"), delivered);
  }

  @Test
  void shouldGiveUpTwoSecondsAfterACancelWhenTheDestinationDoesNotConfirm() throws Exception {
    rig.withoutRedelivery();
    CountDownLatch starting = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    rig.target.machine().onStart(() -> block(starting, released));
    rig.source.start();
    Migration incoming = rig.receive();
    ManualTime time = new ManualTime();
    Coordinator engine = Rig.engine(rig.link, time);
    Migration outgoing = engine.migrate(rig.source, Rig.URI, rig.sourceSettings);
    starting.await();
    outgoing.cancel();
    time.advance(CancelGrace.LENGTH.toNanos());
    engine.tick();
    MigrationOutcome sent = Rig.outcome(outgoing);
    assertEquals(GuestLocation.DESTINATION, sent.guest(), sent::toString);
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    released.countDown();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
  }

  private static void block(CountDownLatch reached, CountDownLatch released) {
    reached.countDown();
    try {
      released.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldEndWhenAServiceWentBeforeTheMigrationWasKnown() throws Exception {
    Catalog catalog = Rig.catalog(rig.link);
    rig.source.start();
    rig.source.afterLook(() -> catalog.remove(rig.link));
    Coordinator engine = new Coordinator(catalog, rig.time);
    MigrationOutcome sent = Rig.outcome(engine.migrate(rig.source, Rig.URI, rig.sourceSettings));
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertTrue(sent.error().orElseThrow().getMessage().contains("org.godwit.transport.test"));
  }

  @Test
  void shouldNeverSendInPlainWhenCredentialsAreSet() throws Exception {
    rig.source.start();
    Coordinator engine = Rig.engine(rig.link, rig.time);
    Settings settings = Settings.defaults().with(Parameter.TLS_CREDS, "/nowhere");
    MigrationException sent =
        assertThrows(
            MigrationException.class,
            () -> engine.migrate(rig.source, "tcp:127.0.0.1:1", settings));
    assertTrue(sent.getMessage().contains("\"tls:\""), sent::getMessage);
    MigrationException received =
        assertThrows(
            MigrationException.class,
            () -> engine.incoming(rig.target, "tcp:127.0.0.1:1", settings, true));
    assertTrue(received.getMessage().contains("\"tls:\""), received::getMessage);
  }
}
