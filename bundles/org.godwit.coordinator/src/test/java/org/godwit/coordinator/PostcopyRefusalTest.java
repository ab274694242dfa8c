package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateField;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathMessage.Shut;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A package that takes its time and is refused, while connections come and go. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PostcopyRefusalTest {
  private static final SectionKey SLOW = new SectionKey("slow", 0);
  private static final StateLayout LAYOUT =
      StateLayout.of("slow", 1, StateField.unsigned("value", 64));

  private final Rig rig = new Rig();
  private final TrappingRam ram = new TrappingRam(rig.guests);
  private final PostcopyInputTest.Heard heard = new PostcopyInputTest.Heard();
  private final CountDownLatch loading = new CountDownLatch(1);
  private final CountDownLatch refuse = new CountDownLatch(1);
  private Transport link = rig.link;

  PostcopyRefusalTest() {
    rig.target
        .machine()
        .with(
            LAYOUT.device(
                SLOW,
                () -> new StateValues().put("value", 0),
                values -> {
                  loading.countDown();
                  await(refuse);
                  throw new IllegalStateException("no such device");
                }));
  }

  @AfterEach
  void letGo() {
    refuse.countDown();
  }

  private Migration receive() throws Exception {
    Catalog catalog = Rig.catalog(link, ram);
    Migration incoming =
        new Coordinator(catalog, rig.time)
            .incoming(
                rig.target, Rig.URI, rig.targetSettings.with(Capability.POSTCOPY_RAM, true), true);
    var _ = incoming.listen(heard);
    return incoming;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The link breaks while the device is being loaded. */
  private void breakWhileLoading() throws Exception {
    try (QemuSource source = new QemuSource(rig.link)) {
      PostcopyInputTest.begin(source);
      source.stream.command(PostcopyInputTest.discard("ram0", 0, 300 * PostcopyInputTest.PAGE));
      PostcopyInputTest.pack(
          source,
          content -> {
            content.command(new Command.PostcopyListen());
            PostcopyInputTest.device(content, 7, "slow", new byte[8]);
            content.command(new Command.PostcopyRun());
          });
      source.flush();
      await(loading);
    }
    heard.await(MigrationStatus.POSTCOPY_PAUSED);
  }

  private static void resume(QemuSource source) throws IOException {
    source.stream.command(new Command.RecvBitmap("ram0"));
    source.stream.command(new Command.RecvBitmap("rom"));
    source.stream.command(new Command.PostcopyResume());
    source.flush();
  }

  private void assertNeverRan(Migration incoming) throws Exception {
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.FAILED, outcome.status());
    assertEquals(GuestLocation.SOURCE, outcome.guest(), outcome::toString);
    String reason = outcome.error().orElseThrow().getMessage();
    assertTrue(reason.contains("no such device"), reason);
    assertEquals(0, rig.guests.starts());
    assertFalse(rig.target.calls().contains("commit"));
  }

  @Test
  void shouldTellTheSourceThatCameBackThatTheDeviceIsRefused() throws Exception {
    Migration incoming = receive();
    breakWhileLoading();
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      resume(source);
      heard.await(MigrationStatus.POSTCOPY_ACTIVE);
      refuse.countDown();
      List<ReturnPathMessage> answers = source.listen();
      assertEquals(new Shut(1), answers.getLast(), answers::toString);
    }
    assertNeverRan(incoming);
  }

  @Test
  void shouldCutOffASourceThatCameBackAndDoesNotHearTheRefusal() throws Exception {
    Migration incoming = receive();
    breakWhileLoading();
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      resume(source);
      heard.await(MigrationStatus.POSTCOPY_ACTIVE);
      refuse.countDown();
      assertNeverRan(incoming);
    }
  }

  @Test
  void shouldGiveUpWhenTheDeviceIsRefusedWhileNobodyIsThere() throws Exception {
    Migration incoming = receive();
    breakWhileLoading();
    refuse.countDown();
    assertNeverRan(incoming);
  }

  /** The refusal has found the old link broken, and has not yet closed the door to a new one. */
  @Test
  void shouldRefuseASourceThatComesBackJustAfterTheRefusal() throws Exception {
    CountDownLatch refused = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    link =
        new WrappedLink(
            rig.link,
            call -> {
              if (call.is("endOutput") && refused.getCount() > 0) {
                refused.countDown();
                await(goOn);
              }
              return call.handOn();
            });
    Migration incoming = receive();
    breakWhileLoading();
    refuse.countDown();
    await(refused);
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      resume(source);
      heard.await(MigrationStatus.POSTCOPY_RECOVER);
      goOn.countDown();
      List<ReturnPathMessage> answers = source.listen();
      assertEquals(new Shut(1), answers.getLast(), answers::toString);
    }
    assertNeverRan(incoming);
  }

  @Test
  void shouldPauseAlthoughARequestIsNotRead() throws Exception {
    AtomicBoolean full = new AtomicBoolean();
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch aborted = new CountDownLatch(1);
    link =
        new WrappedLink(
            rig.link,
            call -> {
              if (call.is("write") && full.get()) {
                writing.countDown();
                await(aborted);
                throw new TransportException(TransportException.Reason.ABORTED, "aborted");
              }
              if (call.is("abort")) {
                aborted.countDown();
              }
              return call.handOn();
            });
    ram.onListen(
        requests -> {
          full.set(true);
          Thread _ =
              Thread.ofPlatform()
                  .daemon()
                  .start(
                      () -> {
                        try {
                          requests.request("ram0", 0, PostcopyInputTest.PAGE);
                        } catch (IOException e) {
                          // the connection is given up
                        }
                      });
          await(writing);
        });
    Migration incoming = receive();
    breakWhileLoading();
    refuse.countDown();
    assertNeverRan(incoming);
  }

  @Test
  void shouldStayPausedWhenNobodyCanBeAccepted() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    CountDownLatch tried = new CountDownLatch(1);
    link =
        new WrappedLink(
            rig.link,
            WrappedLink.Call::handOn,
            () -> {
              if (broken.get()) {
                tried.countDown();
                throw new OutOfMemoryError("no room for a connection");
              }
            });
    Migration incoming = receive();
    breakWhileLoading();
    broken.set(true);
    // its own address: it is given back only after the failure
    Endpoint _ = incoming.recover("memory:nobody");
    await(tried);
    broken.set(false);
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      resume(source);
      heard.await(MigrationStatus.POSTCOPY_ACTIVE);
    }
    heard.await(MigrationStatus.POSTCOPY_PAUSED);
    incoming.cancel();
    refuse.countDown();
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(GuestLocation.SOURCE, outcome.guest(), outcome::toString);
    assertEquals(Set.of(), rig.guests.running());
  }
}
