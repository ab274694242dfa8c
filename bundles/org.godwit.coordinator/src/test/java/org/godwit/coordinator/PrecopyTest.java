package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.junit.jupiter.api.Test;

class PrecopyTest {
  private final Rig rig = new Rig();

  @Test
  void shouldMoveRunningGuest() throws Exception {
    rig.source.start();
    Migration incoming = rig.receive();
    Migration outgoing = rig.send();

    MigrationOutcome sent = Rig.outcome(outgoing);
    MigrationOutcome received = Rig.outcome(incoming);

    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, received.status(), received::toString);
    assertEquals(GuestLocation.DESTINATION, sent.guest());
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertEquals(Set.of("target"), rig.guests.running());
    assertEquals(1, rig.guests.most());
    assertSameGuest();
    assertFalse(rig.source.logging());
  }

  @Test
  void shouldLeaveStoppedGuestStopped() throws Exception {
    rig.source.force(RunState.PAUSED);
    Migration incoming = rig.receive();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(rig.send()).status());
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(Set.of(), rig.guests.running());
    assertSameGuest();
  }

  @Test
  void shouldSendPagesThatTheGuestWritesMeanwhile() throws Exception {
    rig.source.onFetch(this::writeWhileRunning);
    rig.source.start();
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertTrue(sent.statistics().dirtySyncCount() >= 2);
    assertSameGuest();
  }

  private void writeWhileRunning(long fetch) {
    if (rig.source.runState() == RunState.RUNNING) {
      rig.source.poke((int) (fetch % 2), fetch % 70, 0xABCD00 + fetch);
    }
  }

  @Test
  void shouldTellStatusesAndPassesInOrder() throws Exception {
    rig.source.start();
    List<String> heard = new CopyOnWriteArrayList<>();
    Migration incoming = rig.receive();
    incoming.listen(recorder("in", heard));
    Rig.outcome(rig.send());
    Rig.outcome(incoming);
    assertEquals(List.of("in active", "in completed"), tail(heard, 2));
  }

  @Test
  void shouldCountPagesByKind() throws Exception {
    rig.source.force(RunState.PAUSED);
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    MigrationOutcome received = Rig.outcome(incoming);
    // every third page of 300 and of 70 is not zero
    assertEquals(100 + 24, sent.statistics().normal());
    assertEquals(370 - 124, sent.statistics().duplicate());
    assertEquals(124, received.statistics().normal());
    assertEquals(246, received.statistics().duplicate());
    assertEquals(370 * 4096, sent.statistics().total());
    assertEquals(0, sent.statistics().remaining());
  }

  private static List<String> tail(List<String> heard, int count) {
    return heard.subList(heard.size() - count, heard.size());
  }

  static MigrationListener recorder(String name, List<String> heard) {
    return new MigrationListener() {
      @Override
      public void statusChanged(Migration migration, MigrationStatus status) {
        heard.add(name + " " + status.wireName());
      }

      @Override
      public void passDone(Migration migration, long pass) {
        heard.add(name + " pass " + pass);
      }
    };
  }

  private void assertSameGuest() {
    assertArrayEquals(rig.source.memory(0), rig.target.machine().memory(0));
    assertArrayEquals(rig.source.memory(1), rig.target.machine().memory(1));
    assertEquals(77, rig.target.machine().ticks());
  }
}
