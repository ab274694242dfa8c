package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Endpoint;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathMessage.Shut;
import org.junit.jupiter.api.Test;

/** A guest that is started by RUN, and what goes wrong meanwhile or afterwards. */
class PostcopyStartTest {
  private final Rig rig = new Rig();
  private final TrappingRam ram = new TrappingRam(rig.guests);
  private final PostcopyInputTest.Heard heard = new PostcopyInputTest.Heard();

  private Migration receive() throws Exception {
    Migration incoming =
        new Coordinator(Rig.catalog(rig.link, ram), rig.time)
            .incoming(
                rig.target, Rig.URI, rig.targetSettings.with(Capability.POSTCOPY_RAM, true), true);
    var _ = incoming.listen(heard);
    return incoming;
  }

  /** Up to RUN; no page has stayed. */
  private static void run(QemuSource source) throws IOException {
    PostcopyInputTest.begin(source);
    source.stream.command(PostcopyInputTest.discard("ram0", 0, 300 * PostcopyInputTest.PAGE));
    PostcopyInputTest.packGuest(source);
    source.flush();
  }

  private static void rest(QemuSource source) throws IOException {
    source.stream.part(2);
    for (long page = 0; page < 300; page++) {
      source.records(page);
    }
    source.endOfBody();
    PostcopyInputTest.end(source);
    source.flush();
  }

  private void assertLost(Migration incoming) throws Exception {
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(GuestLocation.LOST, outcome.guest(), outcome::toString);
    assertEquals(Set.of(), rig.guests.running());
    assertFalse(ram.leftRunning());
  }

  @Test
  void shouldStopAndKeepAGuestThatStartedHalf() throws Exception {
    rig.target
        .machine()
        .onStart(
            () -> {
              rig.guests.started("target");
              throw new OutOfMemoryError("unable to create native thread");
            });
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      run(source);
      rest(source);
      List<ReturnPathMessage> answers = source.listen();
      assertEquals(new Shut(0), answers.getLast(), answers::toString);
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    assertEquals(GuestLocation.DESTINATION, outcome.guest());
    assertEquals(Set.of(), rig.guests.running());
  }

  @Test
  void shouldPauseWhenTheEngineFailsUnderARunningGuest() throws Exception {
    CountDownLatch starting = new CountDownLatch(1);
    rig.target.machine().onStart(starting::countDown);
    ram.onFinish(
        () -> {
          // the package may take longer than the pages
          await(starting);
          throw new OutOfMemoryError("no room");
        });
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      run(source);
      rest(source);
      heard.await(MigrationStatus.POSTCOPY_PAUSED);
    }
    incoming.cancel();
    assertLost(incoming);
  }

  @Test
  void shouldStopAGuestThatStartsWhileItIsGivenUp() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    rig.target
        .machine()
        .onStart(
            () -> {
              entered.countDown();
              await(goOn);
            });
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      run(source);
      await(entered);
    }
    heard.await(MigrationStatus.POSTCOPY_PAUSED);
    incoming.cancel();
    var outcome = incoming.outcome().toCompletableFuture();
    assertThrows(TimeoutException.class, () -> outcome.get(200, TimeUnit.MILLISECONDS));
    goOn.countDown();
    assertLost(incoming);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldNotStartAGuestWhoseTrapIsGone() throws Exception {
    ram.onListen(requests -> requests.untrapped("The trap is gone."));
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      run(source);
      heard.await(MigrationStatus.POSTCOPY_PAUSED);
    }
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      PostcopyInputTest.finish(source, false);
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    assertEquals(Set.of("target"), rig.guests.running());
    assertEquals(1, rig.guests.starts());
  }

  @Test
  void shouldLeaveTheGuestAtTheSourceWhenTheTrapIsGoneBeforeItListens() throws Exception {
    ram.onListen(
        requests -> {
          throw new StateException(StateException.Fault.ENVIRONMENT, "The trap is gone.");
        });
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      run(source);
      List<ReturnPathMessage> answers = source.listen();
      assertEquals(new Shut(1), answers.getLast(), answers::toString);
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.FAILED, outcome.status());
    assertEquals(GuestLocation.SOURCE, outcome.guest(), outcome::toString);
    assertEquals(Fault.ENVIRONMENT, outcome.error().orElseThrow().fault());
    assertEquals(0, rig.guests.starts());
    assertFalse(rig.target.calls().contains("commit"));
  }
}
