package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.function.Predicate;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.transport.TransportException.Reason;
import org.junit.jupiter.api.Test;

/** Windows of docs/ownership.md where the destination cannot speak. */
class OneWayOwnershipTest {
  private static final Predicate<byte[]> NEVER =
      CutTransport.contains(1, 1, 2, 3, 5, 8, 13, 21, 34);
  private static final Predicate<byte[]> EOF = CutTransport.beginsWith(0x00, 0x06);
  private static final Predicate<byte[]> DEVICES =
      CutTransport.contains(5, 'c', 'l', 'o', 'c', 'k');

  private final Rig rig = new Rig();

  private MigrationOutcome migrate(Predicate<byte[]> at, CutTransport.When when) throws Exception {
    rig.sourceLink = new CutTransport(rig.link, at, when, false);
    rig.targetLink = new CutTransport(rig.link, NEVER, CutTransport.When.BEFORE, false);
    rig.source.start();
    return Rig.outcome(rig.send());
  }

  @Test
  void shouldGiveTheGuestAwayWhenTheChannelWasClosedInOrder() throws Exception {
    Migration incoming = rig.receive();
    MigrationOutcome sent = migrate(NEVER, CutTransport.When.BEFORE);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(Set.of("target"), rig.guests.running());
    assertEquals(1, rig.guests.most());
  }

  @Test
  void shouldResumeWhenTheLinkBreaksBeforeEof() throws Exception {
    Migration incoming = rig.receive();
    MigrationOutcome sent = migrate(DEVICES, CutTransport.When.BEFORE);
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Set.of("source"), rig.guests.running());
    incoming.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(incoming).status());
  }

  private MigrationOutcome failAtEof(Reason reason) throws Exception {
    rig.sourceLink =
        new CutTransport(rig.link, EOF, CutTransport.When.SWALLOWED, false).because(reason);
    rig.targetLink = new CutTransport(rig.link, NEVER, CutTransport.When.BEFORE, false);
    rig.source.start();
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    incoming.cancel();
    assertEquals(MigrationStatus.CANCELLED, Rig.outcome(incoming).status());
    assertEquals(1, rig.guests.most());
    return sent;
  }

  @Test
  void shouldResumeWhenAFileFindsNoSpaceForItsEnd() throws Exception {
    MigrationOutcome sent = failAtEof(Reason.NO_SPACE);
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Set.of("source"), rig.guests.running());
  }

  @Test
  void shouldFreezeWhenTheHostFailsInAnotherWayAfterEof() throws Exception {
    MigrationOutcome sent = failAtEof(Reason.ENVIRONMENT);
    assertEquals(GuestLocation.UNCERTAIN, sent.guest(), sent::toString);
    assertEquals(RunState.PAUSED, rig.source.runState());
    assertEquals(Set.of(), rig.guests.running());
  }

  @Test
  void shouldFreezeWhenTheLinkBreaksAtEof() throws Exception {
    Migration incoming = rig.receive();
    rig.sourceLink =
        new CutTransport(rig.link, EOF, CutTransport.When.AFTER, false)
            .beforeLoss(() -> Eventually.isTrue(() -> incoming.status().isFinal()));
    rig.source.start();
    MigrationOutcome sent = Rig.outcome(rig.send());
    assertEquals(GuestLocation.UNCERTAIN, sent.guest(), sent::toString);
    assertEquals(RunState.PAUSED, rig.source.runState());
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(Set.of("target"), rig.guests.running());
    assertEquals(1, rig.guests.most());
  }
}
