package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.wire.Configuration;
import org.godwit.wire.ram.RamBlockEntry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A peer that breaks off or sends what it must not: refused, and the next one is taken. */
class BadStreamsTest {
  private static final RamBlockEntry RAM0 = RamBlockEntry.of("ram0", 300 * 4096L);
  private static final RamBlockEntry ROM = RamBlockEntry.of("rom", 70 * 4096L);

  /** Writes a stream up to its fault. */
  interface Script {
    void send(QemuSource source) throws IOException;
  }

  /** One bad stream and what must be said about it. */
  record Bad(String name, List<RamBlockEntry> blocks, Script script, Fault fault, String says) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Bad> untouched() {
    return Stream.of(
        bad("nothing", s -> {}, Fault.LINK, "byte offset 0"),
        bad("half a header", s -> s.out.be32(0x5145564DL), Fault.LINK, "byte offset 4"),
        bad("another magic", s -> s.out.be64(0x1122334400000003L), Fault.PEER, "byte offset 0"),
        bad("file version 2", s -> s.out.be64(0x5145564D00000002L), Fault.PEER, "byte offset 4"),
        bad("no configuration", BadStreamsTest::noConfiguration, Fault.PEER, "byte offset 8"),
        bad("another machine type", s -> s.header("pc-q35-7.2"), Fault.PEER, "pc-q35-7.2"),
        bad("another page size", BadStreamsTest::pageBits, Fault.PEER, "page bits 16"),
        bad("a capability", BadStreamsTest::capability, Fault.PEER, "x-ignore-shared"),
        bad("PING without return path", BadStreamsTest::ping, Fault.PEER, "PING"),
        bad("PART before START", s -> header(s).part(), Fault.PEER, "byte offset"),
        bad("RAM of version 3", BadStreamsTest::ramVersion, Fault.PEER, "version 3"),
        bad("an unknown iterable", BadStreamsTest::iterable, Fault.PEER, "dirty-bitmap"),
        new Bad(
            "an unknown block",
            List.of(RAM0, ROM, RamBlockEntry.of("vga", 4096)),
            s -> header(s).start(),
            Fault.PEER,
            "vga"),
        new Bad(
            "a block of another size",
            List.of(RamBlockEntry.of("ram0", 299 * 4096L), ROM),
            s -> header(s).start(),
            Fault.PEER,
            "ram0"));
  }

  static Stream<Bad> touched() {
    return Stream.of(
        bad("gone in a page", BadStreamsTest::halfPage, Fault.LINK, "the end of the input"),
        bad("gone in a device", BadStreamsTest::halfDevice, Fault.LINK, "the end of the input"),
        bad("gone before EOF", s -> header(s).rest(), Fault.LINK, "the end of the input"),
        bad("an unknown device", s -> device(s, "fdc", 1, 4), Fault.PEER, "fdc/0"),
        bad("a newer device", s -> device(s, "clock", 2, 24), Fault.PEER, "version 2"),
        bad("a short device", s -> device(s, "clock", 1, 20).end(), Fault.PEER, "footer"),
        bad("a long device", s -> device(s, "clock", 1, 28), Fault.PEER, "footer"),
        bad("a second configuration", BadStreamsTest::twice, Fault.PEER, "configuration"),
        bad("no footer", BadStreamsTest::noFooter, Fault.PEER, "footer"),
        bad("an unknown section type", BadStreamsTest::unknownType, Fault.PEER, "0x42"),
        bad("a page outside its block", s -> header(s).start().part(300), Fault.PEER, "offset"),
        bad("a second block list", BadStreamsTest::secondList, Fault.PEER, "block list"),
        new Bad(
            "a block of odd size",
            List.of(RamBlockEntry.of("ram0", 4097), RamBlockEntry.of("rom", 4095)),
            s -> header(s).start(),
            Fault.PEER,
            "4097"));
  }

  private static Bad bad(String name, Script script, Fault fault, String says) {
    return new Bad(name, List.of(RAM0, ROM), script, fault, says);
  }

  private static QemuSource header(QemuSource source) throws IOException {
    return source.header(FakeMachine.TYPE);
  }

  private static QemuSource device(QemuSource source, String name, long version, int bytes)
      throws IOException {
    return header(source).start().part(1).end().device(name, version, bytes);
  }

  private static void noConfiguration(QemuSource source) throws IOException {
    source.stream.fileHeader();
    source.start();
  }

  private static void pageBits(QemuSource source) throws IOException {
    source.stream.fileHeader();
    source.stream.configuration(
        new Configuration(FakeMachine.TYPE, OptionalInt.of(16), List.of(), Optional.empty()));
    source.start();
  }

  private static void capability(QemuSource source) throws IOException {
    source.stream.fileHeader();
    List<String> on = List.of("x-ignore-shared");
    source.stream.configuration(
        new Configuration(FakeMachine.TYPE, OptionalInt.empty(), on, Optional.empty()));
    source.start();
  }

  private static void ping(QemuSource source) throws IOException {
    header(source).stream.command(new org.godwit.wire.command.Command.Ping(1));
  }

  private static void ramVersion(QemuSource source) throws IOException {
    header(source).stream.start(2, "ram", 0, 3);
  }

  private static void iterable(QemuSource source) throws IOException {
    header(source).stream.start(3, "dirty-bitmap", 0, 1);
  }

  private static void halfPage(QemuSource source) throws IOException {
    header(source).start().stream.part(2);
    source.out.be64(0x008);
    source.out.countedString("ram0");
    source.out.bytes(MemorySegment.ofArray(new byte[100]), 0, 100);
  }

  private static void secondList(QemuSource source) throws IOException {
    header(source).stream.start(2, "ram", 0, 4);
    source.blockList().records(0, 1).blockList();
  }

  private static void halfDevice(QemuSource source) throws IOException {
    header(source).start().end().stream.full(7, "clock", 0, 1);
    source.out.be64(1);
  }

  private static void twice(QemuSource source) throws IOException {
    header(source).start().stream.configuration(Configuration.of(FakeMachine.TYPE));
  }

  private static void noFooter(QemuSource source) throws IOException {
    header(source).start().stream.part(2);
    source.out.be64(0x10);
    source.part(1);
  }

  private static void unknownType(QemuSource source) throws IOException {
    header(source).start().out.u8(0x42);
  }

  @ParameterizedTest
  @MethodSource("untouched")
  void shouldRefuseBeforeAnythingChanges(Bad bad) throws Exception {
    assertEquals(List.of("commit"), callsAfter(bad));
  }

  @ParameterizedTest
  @MethodSource("touched")
  void shouldForgetWhatArrivedBefore(Bad bad) throws Exception {
    assertEquals(List.of("reset", "commit"), callsAfter(bad));
  }

  /** Sends the bad stream and then a good one; tells what the machine was asked to do. */
  private static List<String> callsAfter(Bad bad) throws Exception {
    Rig rig = new Rig();
    Migration incoming = rig.receive();
    List<MigrationException> failures = new CopyOnWriteArrayList<>();
    incoming.listen(listener(failures));
    RamBlockEntry[] blocks = bad.blocks.toArray(RamBlockEntry[]::new);
    try (QemuSource source = new QemuSource(rig.link, blocks)) {
      bad.script.send(source);
      source.flush();
    }
    try (QemuSource next = new QemuSource(rig.link)) {
      next.header(FakeMachine.TYPE).rest().eof();
      assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    }
    assertEquals(1, failures.size(), failures::toString);
    MigrationException failure = failures.getFirst();
    assertTrue(failure.getMessage().contains(bad.says), failure::getMessage);
    assertEquals(bad.fault, failure.fault(), failure::getMessage);
    assertEquals(Set.of("target"), rig.guests.running());
    return new ArrayList<>(rig.target.calls());
  }

  private static MigrationListener listener(List<MigrationException> failures) {
    return new MigrationListener() {
      @Override
      public void statusChanged(Migration migration, MigrationStatus status) {}

      @Override
      public void passDone(Migration migration, long pass) {}

      @Override
      public void attemptFailed(Migration migration, MigrationException error) {
        failures.add(error);
      }
    };
  }
}
