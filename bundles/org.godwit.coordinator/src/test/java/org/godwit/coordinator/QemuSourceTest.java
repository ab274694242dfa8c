package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.wire.returnpath.ReturnPathMessage.Pong;
import org.godwit.wire.returnpath.ReturnPathMessage.Shut;
import org.junit.jupiter.api.Test;

/** Windows of docs/ownership.md with a source that knows nothing of COMMIT. */
class QemuSourceTest {
  private final Rig rig = new Rig();

  @Test
  void shouldStartTheGuestAfterTheSourceHasClosedInOrder() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().rest().eof();
      assertEquals(List.of(new Pong(1), new Shut(0)), source.listen());
      assertEquals(Set.of(), rig.guests.running(), "QEMU may still not have read SHUT");
    }
    MigrationOutcome received = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, received.status(), received::toString);
    assertEquals(Set.of("target"), rig.guests.running());
  }

  @Test
  void shouldSayShutToASourceThatWaitsForItWithoutADescription() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().rest().eofAlone();
      assertEquals(List.of(new Pong(1), new Shut(0)), source.listen());
      assertEquals(Set.of(), rig.guests.running(), "QEMU may still not have read SHUT");
    }
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(Set.of("target"), rig.guests.running());
  }

  @Test
  void shouldTakeADescriptionThatComesAfterShut() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().rest().eofAlone();
      assertEquals(List.of(new Pong(1), new Shut(0)), source.listen());
      source.description();
    }
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(Set.of("target"), rig.guests.running());
  }

  @Test
  void shouldNotHangOnAPausedGuestWithoutADescription() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().start().end().device("clock", 1, 24);
      source.globalState("paused").eofAlone();
      assertEquals(List.of(new Pong(1), new Shut(0)), source.listen());
    }
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
  }

  /** As much as no buffer of a link holds: a source that cannot write it would fail. */
  @Test
  void shouldTakeWhatAPausedSourceStillWritesAfterShut() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().start().end().device("clock", 1, 24);
      source.globalState("paused").eofAlone();
      assertEquals(List.of(new Pong(1), new Shut(0)), source.listen());
      MemorySegment late = MemorySegment.ofArray(new byte[4 << 20]);
      source.out.bytes(late, 0, late.byteSize());
      source.out.flush();
    }
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
  }

  @Test
  void shouldHoldTheGuestWhenTheLinkBreaksAfterShut() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().rest().eof();
      assertEquals(List.of(new Pong(1), new Shut(0)), source.listen());
      source.channel.abort("link lost");
    }
    MigrationOutcome received = Rig.outcome(incoming);
    assertEquals(MigrationStatus.FAILED, received.status());
    assertEquals(GuestLocation.UNCERTAIN, received.guest());
    assertTrue(received.machine().isPresent());
    assertEquals(Set.of(), rig.guests.running());
  }

  @Test
  void shouldNotWaitForTheEndWhenTheGuestIsNotToRun() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().start().end().device("clock", 1, 24);
      source.globalState("paused").eof();
      assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    }
    assertEquals(Set.of(), rig.guests.running());
  }

  @Test
  void shouldStartTheGuestAfterEofWithoutReturnPath() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).rest().eof();
      assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    }
    assertEquals(Set.of("target"), rig.guests.running());
  }

  @Test
  void shouldSayShutOneAndTakeTheNextPeerWhenTheStreamIsRefused() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().start().part(1).device("unknown", 1, 3).flush();
      assertEquals(List.of(new Pong(1), new Shut(1)), source.listen());
    }
    try (QemuSource next = new QemuSource(rig.link)) {
      next.header(FakeMachine.TYPE).rest().eof();
      assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    }
    assertEquals(List.of("reset", "commit"), rig.target.calls());
  }
}
