package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.savestate.ram.RamProvider;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathMessage.Pong;
import org.godwit.wire.returnpath.ReturnPathMessage.Shut;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine that cannot be made whole at the end of a postcopy: the guest is where it was. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PostcopyCommitTest {
  private static final Pong LOADED = new Pong(Handshake.PACKAGE);

  private final Rig rig = new Rig();

  PostcopyCommitTest() {
    rig.targetSettings = rig.targetSettings.with(Capability.POSTCOPY_RAM, true);
  }

  private Migration receive(boolean trapped) throws Exception {
    Catalog catalog =
        trapped
            ? Rig.catalog(rig.link, new TrappingRam(rig.guests))
            : Rig.catalog(rig.link, new RamProvider());
    return new Coordinator(catalog, rig.time)
        .incoming(rig.target, Rig.URI, rig.targetSettings, true);
  }

  private Migration send() throws Exception {
    rig.source.start();
    Settings settings =
        Settings.defaults().with(Capability.POSTCOPY_RAM, true).with(Parameter.LAZY, "on");
    return Rig.engine(rig.link, rig.time).migrate(rig.source, Rig.URI, settings);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldRunOnAtTheSourceWhenTheMachineCannotBeMadeWhole(boolean trapped) throws Exception {
    rig.target.failingCommit();
    byte[] before = rig.source.memory(0);
    Migration incoming = receive(trapped);
    MigrationOutcome sent = Rig.outcome(send());
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(GuestLocation.SOURCE, sent.guest(), sent::toString);
    assertEquals(Set.of("source"), rig.guests.running());
    assertEquals(RunState.RUNNING, rig.source.runState());
    assertArrayEquals(before, rig.source.memory(0));
    MigrationOutcome received = Rig.outcome(incoming);
    assertEquals(MigrationStatus.FAILED, received.status());
    assertEquals(GuestLocation.SOURCE, received.guest(), received::toString);
    assertEquals(Fault.ENVIRONMENT, received.error().orElseThrow().fault());
    assertTrue(received.error().orElseThrow().getMessage().contains("No space left"));
    assertEquals(1, rig.guests.most());
  }

  @Test
  void shouldGiveAGuestAtRestAwayOnceItIsDurable() throws Exception {
    Migration incoming = receive(false);
    MigrationOutcome sent = Rig.outcome(send());
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(GuestLocation.DESTINATION, sent.guest());
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
  }

  /** Later releases of QEMU send no pages before PONG 3, and none of them takes a guest back. */
  @Test
  void shouldAnswerAQemuWhenItsPackageIsLoaded() throws Exception {
    Migration incoming = receive(false);
    rig.target.failingCommit();
    try (QemuSource source = new QemuSource(rig.link)) {
      PostcopyInputTest.begin(source);
      PostcopyInputTest.packGuest(source);
      source.flush();
      ReturnPathMessage heard = source.hear();
      while (!heard.equals(LOADED)) {
        heard = source.hear();
      }
      assertFalse(rig.target.calls().contains("commit"));
      PostcopyInputTest.end(source);
      source.flush();
      List<ReturnPathMessage> answers = source.listen();
      assertEquals(new Shut(1), answers.getLast(), answers::toString);
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(GuestLocation.SOURCE, outcome.guest(), outcome::toString);
    assertEquals(Set.of(), rig.guests.running());
  }
}
