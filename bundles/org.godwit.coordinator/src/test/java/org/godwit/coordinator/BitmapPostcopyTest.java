package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.savestate.devices.BitmapRule;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage.Shut;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All memory comes before the guest, only dirty bitmaps may follow (postcopy, section 9). */
@Timeout(60)
class BitmapPostcopyTest {
  private static final Command ADVISE = new Command.PostcopyAdvise(Optional.empty());

  private final Rig rig = new Rig();
  private final PostcopyInputTest.Heard heard = new PostcopyInputTest.Heard();

  private Migration receive(boolean on) throws Exception {
    Catalog catalog = Rig.catalog(rig.link);
    catalog.addRule(new Lease<>(new BitmapRule(), "org.godwit.savestate.devices", 0));
    Migration incoming =
        new Coordinator(catalog, rig.time)
            .incoming(
                rig.target, Rig.URI, rig.targetSettings.with(Capability.DIRTY_BITMAPS, on), true);
    var _ = incoming.listen(heard);
    return incoming;
  }

  private static void begin(QemuSource source) throws Exception {
    source.header(FakeMachine.TYPE).returnPath();
    source.stream.command(ADVISE);
    source.start().part(1, 2);
  }

  @Test
  void shouldStartTheGuestWhenTheRestIsHere() throws Exception {
    Migration incoming = receive(true);
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      source.end();
      PostcopyInputTest.packGuest(source);
      source.flush();
      heard.await(MigrationStatus.POSTCOPY_ACTIVE);
      assertTrue(rig.guests.running().isEmpty(), "its bitmaps are not here");
      // as QEMU does: END of the memory a second time, empty
      PostcopyInputTest.end(source);
      source.flush();
      assertEquals(new Shut(0), source.listen().getLast());
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    assertEquals(GuestLocation.DESTINATION, outcome.guest());
  }

  /** Nobody can recover bitmaps, and a source that went on never runs the guest again. */
  @Test
  void shouldKeepTheGuestWithoutItsBitmapsWhenTheLinkBreaks() throws Exception {
    assertHeld(GuestLocation.DESTINATION, QemuSource::end);
  }

  /** A source that fails while it sends the package may run the guest on. */
  @Test
  void shouldNotSayWhoseTheGuestIsWhenTheLinkBreaksAtThePackage() throws Exception {
    assertHeld(GuestLocation.UNCERTAIN, source -> {});
  }

  /** What a source still says. */
  private interface Words {
    void say(QemuSource source) throws Exception;
  }

  private void assertHeld(GuestLocation where, Words last) throws Exception {
    Migration incoming = receive(true);
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      source.end();
      PostcopyInputTest.packGuest(source);
      last.say(source);
      source.flush();
      source.channel.endOutput();
      MigrationOutcome outcome = Rig.outcome(incoming);
      assertEquals(MigrationStatus.FAILED, outcome.status());
      assertEquals(where, outcome.guest());
      assertTrue(outcome.machine().isPresent());
      String reason = outcome.error().orElseThrow().getMessage();
      assertTrue(reason.contains("not all of its dirty bitmaps"), reason);
      assertTrue(rig.guests.running().isEmpty());
    }
  }

  @Test
  void shouldRefuseToListenBeforeTheMemoryIsWhole() throws Exception {
    Migration incoming = receive(true);
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      PostcopyInputTest.packGuest(source);
      source.flush();
      String reason = heard.failure();
      assertTrue(reason.contains("END of the memory before it"), reason);
    }
    incoming.cancel();
    assertEquals(GuestLocation.SOURCE, Rig.outcome(incoming).guest());
  }

  @Test
  void shouldRefuseToDiscardPages() throws Exception {
    Migration incoming = receive(true);
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      source.stream.command(PostcopyInputTest.discard("ram0", 0, PostcopyInputTest.PAGE));
      source.flush();
      String reason = heard.failure();
      assertTrue(reason.contains("discards pages"), reason);
    }
    incoming.cancel();
    assertEquals(GuestLocation.SOURCE, Rig.outcome(incoming).guest());
  }

  @Test
  void shouldRefuseItWhenBitmapsAreOff() throws Exception {
    Migration incoming = receive(false);
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      source.flush();
      String reason = heard.failure();
      assertTrue(reason.contains("dirty-bitmaps on at this side"), reason);
    }
    incoming.cancel();
    assertEquals(GuestLocation.SOURCE, Rig.outcome(incoming).guest());
  }
}
