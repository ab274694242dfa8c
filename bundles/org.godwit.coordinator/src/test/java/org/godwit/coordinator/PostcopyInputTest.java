package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.wire.BufferOutput;
import org.godwit.wire.Limits;
import org.godwit.wire.StreamWriter;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage.Shut;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Postcopy at the destination with a source that does what it must not do. */
class PostcopyInputTest {
  static final long PAGE = 4096;
  private static final Command ADVISE =
      new Command.PostcopyAdvise(Optional.of(new Command.PageSizes(PAGE, PAGE)));
  private static final Command LISTEN = new Command.PostcopyListen();
  private static final Command RUN = new Command.PostcopyRun();

  private final Rig rig = new Rig();
  private final Heard heard = new Heard();

  PostcopyInputTest() {
    rig.targetSettings = rig.targetSettings.with(Capability.POSTCOPY_RAM, true);
  }

  /** Statuses and failures of a migration. */
  static final class Heard implements MigrationListener {
    final BlockingQueue<MigrationStatus> statuses = new LinkedBlockingQueue<>();
    final BlockingQueue<String> failures = new LinkedBlockingQueue<>();

    @Override
    public void statusChanged(Migration migration, MigrationStatus status) {
      statuses.add(status);
    }

    @Override
    public void passDone(Migration migration, long pass) {}

    @Override
    public void attemptFailed(Migration migration, MigrationException error) {
      failures.add(error.getMessage());
    }

    void await(MigrationStatus wanted) throws InterruptedException {
      MigrationStatus next = null;
      while (next != wanted) {
        next = statuses.poll(20, TimeUnit.SECONDS);
        assertTrue(next != null && !next.isFinal(), "no " + wanted + " but " + next);
      }
    }

    String failure() throws InterruptedException {
      return String.valueOf(failures.poll(20, TimeUnit.SECONDS));
    }
  }

  /** Something that a source says. */
  @FunctionalInterface
  private interface Script {
    void say(QemuSource source) throws IOException;
  }

  private record Bad(String what, Script script, String says) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Command discard(String block, long start, long length) {
    return new Command.PostcopyRamDiscard(block, List.of(new Command.Range(start, length)));
  }

  private static Script commands(Command... commands) {
    return source -> {
      for (Command command : commands) {
        source.stream.command(command);
      }
    };
  }

  static Stream<Bad> beforeRun() {
    return Stream.of(
        new Bad("a second ADVISE", commands(ADVISE), "a second POSTCOPY_ADVISE"),
        new Bad("RUN before LISTEN", commands(RUN), "POSTCOPY_RUN in state ADVISE"),
        new Bad("LISTEN twice", commands(LISTEN, LISTEN), "POSTCOPY_LISTEN in state LISTENING"),
        new Bad(
            "DISCARD after LISTEN",
            commands(LISTEN, discard("ram0", 0, PAGE)),
            "POSTCOPY_RAM_DISCARD in state LISTENING"),
        new Bad("an unknown block", commands(discard("other", 0, PAGE)), "did not announce"),
        new Bad("a range outside", commands(discard("ram0", 299 * PAGE, 2 * PAGE)), "discards"),
        new Bad("half a page", commands(discard("ram0", 0, PAGE / 2)), "discards"),
        new Bad("a range that overflows", commands(discard("ram0", -PAGE, PAGE)), "discards"),
        new Bad("RESUME", commands(new Command.PostcopyResume()), "recovery commands"),
        new Bad("RECV_BITMAP", commands(new Command.RecvBitmap("ram0")), "recovery commands"),
        new Bad("a package without end", commands(new Command.Packaged(1L << 31)), "2147483648"),
        new Bad(
            "a package behind LISTEN",
            commands(LISTEN, new Command.Packaged(1)),
            "PACKAGED in state LISTENING"),
        new Bad(
            "a package without RUN",
            source -> pack(source, writer -> writer.command(LISTEN)),
            "end of the input"));
  }

  @ParameterizedTest
  @MethodSource("beforeRun")
  void shouldLeaveTheGuestAtTheSourceBeforeRun(Bad bad) throws Exception {
    Migration incoming = rig.receive();
    var _ = incoming.listen(heard);
    var _ =
        incoming
            .outcome()
            .thenAccept(o -> o.error().ifPresent(e -> heard.failures.add(e.getMessage())));
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      bad.script.say(source);
      source.flush();
      source.channel.endOutput();
      String reason = heard.failure();
      assertTrue(reason.contains(bad.says), reason);
    }
    incoming.cancel();
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(GuestLocation.SOURCE, outcome.guest());
    assertEquals(Set.of(), rig.guests.running());
    assertFalse(rig.target.calls().contains("commit"));
    assertEquals(List.of(), rig.target.discards().orElseThrow().holders());
  }

  @Test
  void shouldRefusePostcopyThatIsAdvisedTooLate() throws Exception {
    Migration incoming = rig.receive();
    var _ = incoming.listen(heard);
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).returnPath().start();
      source.stream.command(ADVISE);
      source.part(1, 2).flush();
      String reason = heard.failure();
      assertTrue(reason.contains("POSTCOPY_ADVISE behind a START section"), reason);
    }
    incoming.cancel();
    assertEquals(GuestLocation.SOURCE, Rig.outcome(incoming).guest());
  }

  @Test
  void shouldLeaveTheGuestAtTheSourceWhenADeviceOfThePackageIsRefused() throws Exception {
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      pack(
          source,
          writer -> {
            writer.command(LISTEN);
            writer.full(7, "nobody", 0, 1);
            writer.command(RUN);
          });
      source.flush();
      assertTrue(source.listen().contains(new Shut(1)));
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.FAILED, outcome.status());
    assertEquals(GuestLocation.SOURCE, outcome.guest());
    assertEquals(Set.of(), rig.guests.running());
  }

  @Test
  void shouldReadNothingOfAPackageAboveTheLimit() throws Exception {
    Migration incoming = rig.receive();
    var _ = incoming.listen(heard);
    byte[] content = new byte[1 << 20];
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      source.stream.command(new Command.Packaged(Limits.DEFAULT.maxPackageBytes() + 1));
      assertThrows(
          TransportException.class,
          () -> {
            for (long sent = 0; sent <= Limits.DEFAULT.maxPackageBytes(); sent += content.length) {
              source.out.bytes(MemorySegment.ofArray(content), 0, content.length);
              source.flush();
            }
          });
    }
    String reason = heard.failure();
    assertTrue(reason.contains("268435457"), reason);
    assertTrue(reason.contains("Waiting for the next peer."), reason);
    assertEquals(GuestLocation.SOURCE, incoming.guest());
    incoming.cancel();
    assertEquals(GuestLocation.SOURCE, Rig.outcome(incoming).guest());
  }

  static Stream<Bad> afterRun() {
    return Stream.of(
        new Bad("a page twice", source -> source.part(5, 5), "again"),
        new Bad("a page outside", source -> source.part(300), "page offset"),
        new Bad("a page without END", source -> source.part(5).flush(), "end of the input"),
        new Bad("a device", source -> source.device("clock", 1, 24), "FULL"),
        new Bad("a second block list", QemuSource::start, "START"),
        new Bad("LISTEN", commands(LISTEN), "POSTCOPY_LISTEN in state"),
        new Bad("a second package", PostcopyInputTest::packGuest, "a second PACKAGED"),
        new Bad("EOF without END", source -> source.stream.endOfStream(), "the EOF byte"),
        new Bad("pages that never come", source -> end(source), "never came"));
  }

  @ParameterizedTest
  @MethodSource("afterRun")
  void shouldPauseAndRecoverAfterRun(Bad bad) throws Exception {
    Migration incoming = rig.receive();
    var _ = incoming.listen(heard);
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      source.stream.command(discard("ram0", 0, 300 * PAGE));
      packGuest(source);
      bad.script.say(source);
      breakOff(source);
    }
    String reason = heard.failure();
    assertTrue(reason.contains(bad.says), reason);
    assertEquals(List.of("incoming postcopy"), rig.target.discards().orElseThrow().holders());
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      finish(source, bad.what.startsWith("a page twice") || bad.what.startsWith("a page without"));
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    assertEquals(GuestLocation.DESTINATION, outcome.guest());
    assertEquals(Set.of("target"), rig.guests.running());
    assertEquals(List.of(), rig.target.discards().orElseThrow().holders());
  }

  @Test
  void shouldNotTakeAnEndForARecovery() throws Exception {
    Migration incoming = rig.receive();
    var _ = incoming.listen(heard);
    try (QemuSource source = new QemuSource(rig.link)) {
      begin(source);
      source.stream.command(discard("ram0", 0, PAGE));
      packGuest(source);
      source.part(0);
      breakOff(source);
    }
    assertTrue(heard.failure().contains("end of the input"));
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      source.stream.endOfStream();
      breakOff(source);
    }
    String reason = heard.failure();
    assertTrue(reason.contains("the EOF byte"), reason);
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link)) {
      source.stream.command(new Command.PostcopyResume());
      end(source);
      source.flush();
      assertEquals(new Shut(0), source.listen().getLast());
    }
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    assertEquals(Set.of("target"), rig.guests.running());
  }

  /** The source says no more, and the guest waits for it to come back. */
  private void breakOff(QemuSource source) throws Exception {
    try {
      source.flush();
      source.channel.endOutput();
    } catch (TransportException e) {
      // the destination has given the connection up already
    }
    heard.await(MigrationStatus.POSTCOPY_PAUSED);
  }

  /** Up to the first pages, with postcopy permitted. */
  static void begin(QemuSource source) throws IOException {
    source.header(FakeMachine.TYPE).returnPath();
    source.stream.command(ADVISE);
    source.start().part(1, 2);
  }

  static void end(QemuSource source) throws IOException {
    source.end();
    source.stream.endOfStream();
  }

  /** What is left, on a new connection. */
  static void finish(QemuSource source, boolean fiveIsThere) throws IOException {
    source.stream.command(new Command.RecvBitmap("ram0"));
    source.stream.command(new Command.RecvBitmap("rom"));
    source.stream.command(new Command.PostcopyResume());
    source.stream.part(2);
    for (long page = 0; page < 300; page++) {
      if (page != 5 || !fiveIsThere) {
        source.records(page);
      }
    }
    source.endOfBody();
    end(source);
    source.flush();
    var answers = source.listen();
    assertTrue(answers.getLast().equals(new Shut(0)), answers::toString);
  }

  static void packGuest(QemuSource source) throws IOException {
    pack(
        source,
        writer -> {
          writer.command(LISTEN);
          device(writer, 7, "clock", new byte[24]);
          byte[] state = new byte[104];
          state[3] = 8;
          byte[] name = "running".getBytes(StandardCharsets.US_ASCII);
          System.arraycopy(name, 0, state, 4, name.length);
          device(writer, 8, "globalstate", state);
          writer.command(new Command.Ping(3));
          writer.command(RUN);
        });
  }

  static void device(Content content, int id, String name, byte[] body) throws IOException {
    content.full(id, name, 0, 1);
    content.out.bytes(MemorySegment.ofArray(body), 0, body.length);
    content.footer(id);
  }

  /** Writes a package. */
  @FunctionalInterface
  interface Packing {
    void write(Content content) throws IOException;
  }

  /** The content of a package. */
  static final class Content {
    final BufferOutput out = new BufferOutput();
    private final StreamWriter stream = new StreamWriter(out);

    void command(Command command) throws IOException {
      stream.command(command);
    }

    void full(long id, String name, long instance, long version) throws IOException {
      stream.full(id, name, instance, version);
    }

    void footer(long id) throws IOException {
      stream.footer(id);
    }
  }

  static void pack(QemuSource source, Packing packing) throws IOException {
    Content content = new Content();
    packing.write(content);
    byte[] bytes = content.out.toByteArray();
    source.stream.command(new Command.Packaged(bytes.length));
    source.out.bytes(MemorySegment.ofArray(bytes), 0, bytes.length);
  }
}
