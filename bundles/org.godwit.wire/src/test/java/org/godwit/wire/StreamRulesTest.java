package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.godwit.wire.command.Command;
import org.godwit.wire.ram.LastBlock;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.ram.RamRecordWriter;
import org.godwit.wire.returnpath.ReturnPathReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules of the top level, of commands, RAM records and messages that no recording breaks. */
class StreamRulesTest {

  private final BufferOutput out = new BufferOutput();
  private final StreamWriter writer = new StreamWriter(out);

  @BeforeEach
  void begin() throws IOException {
    writer.fileHeader();
    writer.configuration(Configuration.of("pc"));
  }

  private WireException refusal(ReaderOptions options) throws IOException {
    StreamReader reader = new StreamReader(Recording.input(out.toByteArray()), options);
    return assertThrows(
        WireException.class,
        () -> {
          while (!(reader.next() instanceof StreamItem.EndOfStream)) {
            // To the fault.
          }
        });
  }

  @Test
  void shouldRefuseSecondConfiguration() throws IOException {
    writer.configuration(Configuration.of("pc"));
    assertEquals(WireException.Kind.CONFIGURATION, refusal(ReaderOptions.DEFAULT).kind());
  }

  @Test
  void shouldSayThatARecoveryIsNoBeginning() throws IOException {
    BufferOutput recovery = new BufferOutput();
    new StreamWriter(recovery).command(new Command.RecvBitmap("pc.ram"));
    StreamReader reader =
        new StreamReader(Recording.input(recovery.toByteArray()), ReaderOptions.DEFAULT);
    WireException refused = assertThrows(WireException.class, reader::next);
    assertEquals(WireException.Kind.HEADER, refused.kind());
    assertTrue(refused.getMessage().contains("recovery of an earlier connection"));
  }

  @Test
  void shouldNameTheSectionItCannotRead() throws IOException {
    writer.start(7, "vfio", 0, 1);
    WireException refused = refusal(ReaderOptions.DEFAULT);
    assertEquals(WireException.Kind.SECTION_UNKNOWN, refused.kind());
    assertTrue(refused.getMessage().contains("vfio"));
  }

  @Test
  void shouldRefuseCommandsInTheWrongState() throws IOException {
    writer.command(new Command.OpenReturnPath());
    writer.command(new Command.OpenReturnPath());
    assertEquals(WireException.Kind.COMMAND_ORDER, refusal(ReaderOptions.DEFAULT).kind());
  }

  @Test
  void shouldRefuseReturnPathOnOneWayChannel() throws IOException {
    writer.command(new Command.OpenReturnPath());
    assertEquals(
        WireException.Kind.COMMAND_ORDER,
        refusal(ReaderOptions.DEFAULT.withReturnPath(false)).kind());
  }

  @Test
  void shouldRefuseAdviseThatDoesNotFitTheCapability() throws IOException {
    writer.command(new Command.PostcopyAdvise(Optional.empty()));
    assertEquals(
        WireException.Kind.COMMAND_ORDER,
        refusal(ReaderOptions.DEFAULT.withCapabilities(Set.of("postcopy-ram"))).kind());
  }

  @Test
  void shouldRefusePackageLargerThanTheLimit() throws IOException {
    writer.command(new Command.Packaged(Limits.DEFAULT.maxPackageBytes() + 1L));
    assertEquals(WireException.Kind.LIMIT, refusal(ReaderOptions.DEFAULT).kind());
  }

  @Test
  void shouldRefuseEndOfStreamAndRamInsidePackage() throws IOException {
    StreamReader reader =
        new StreamReader(Recording.input(out.toByteArray()), ReaderOptions.DEFAULT);
    for (String content : List.of("00", "010000000203", "0200000002", "0800070004 00000001")) {
      byte[] bytes = HexFormat.of().parseHex(content.replace(" ", ""));
      assertThrows(
          WireException.class, () -> reader.packaged(Recording.input(bytes)).next(), content);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 6, 7, 0x7E, 9, 255})
  void shouldRefuseBytesThatAreNoSectionHere(int type) throws IOException {
    writer.command(new Command.SwitchoverStart());
    out.u8(type);
    for (int i = 0; i < 16; i++) {
      out.u8(0);
    }
    WireException refused = refusal(ReaderOptions.DEFAULT);
    assertTrue(
        refused.kind() == WireException.Kind.SECTION_TYPE
            || refused.kind() == WireException.Kind.CONFIGURATION);
  }

  @Test
  void shouldReadConfigurationWithAllSubsections() throws IOException {
    Configuration all =
        new Configuration(
            "virt",
            OptionalInt.of(16),
            List.of("x-ignore-shared", "mapped-ram"),
            Optional.of(new UUID(1, 2)));
    BufferOutput other = new BufferOutput();
    StreamWriter stream = new StreamWriter(other);
    stream.fileHeader();
    stream.configuration(all);
    stream.endOfStream();
    StreamReader reader =
        new StreamReader(Recording.input(other.toByteArray()), ReaderOptions.DEFAULT);
    reader.next();
    assertEquals(all, ((StreamItem.ConfigurationSection) reader.next()).configuration());
    assertTrue(reader.next() instanceof StreamItem.EndOfStream);
    assertTrue(reader.readTrailer() instanceof Trailer.Nothing);
  }

  @ParameterizedTest
  @CsvSource({
    "pc-i440fx-7.2, x-ignore-shared, MACHINE",
    "virt-7.2, '', CAPABILITY",
    "virt-7.2, mapped-ram, CAPABILITY",
    "virt-7.2, unheard-of, CAPABILITY"
  })
  void shouldCompareConfigurationInBothDirections(String type, String name, String kind) {
    LocalMachine machine = LocalMachine.of("virt-7.2").withCapabilities(Set.of("x-ignore-shared"));
    List<String> capabilities = name.isEmpty() ? List.of() : List.of(name);
    Configuration received =
        new Configuration(type, OptionalInt.empty(), capabilities, Optional.empty());
    WireException refused = assertThrows(WireException.class, () -> machine.check(received, 8));
    assertEquals(WireException.Kind.valueOf(kind), refused.kind());
  }

  private static final RamBlockList BLOCKS =
      new RamBlockList(List.of(RamBlockEntry.of("a", 8192), RamBlockEntry.of("b", 4096)));

  private static WireException ram(String hex, boolean postcopy) {
    RamRecordReader reader =
        new RamRecordReader(
            Recording.input(HexFormat.of().parseHex(hex.replace(" ", ""))),
            RamFormat.DEFAULT,
            BLOCKS);
    reader.postcopy(postcopy);
    return assertThrows(
        WireException.class,
        () -> {
          while (true) {
            reader.next();
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "0000000000000080, RAM_FLAGS",
    "0000000000000000, RAM_FLAGS",
    "0000000000000030, RAM_FLAGS",
    "0000000000000224, RAM_FLAGS",
    "0000000000002002 0161 00, PAGE",
    "8000000000000002 0161 00, PAGE",
    "0000000000000002 0163 00, PAGE",
    "0000000000000040 0161 02 0001 00, XBZRLE",
    "0000000000000040 0161 01 1001, XBZRLE",
    "0000000000000100 0161 00002001, COMPRESSION",
    "0000000000002004 0161, BLOCK_LIST"
  })
  void shouldRefuseRecordsThatBreakARule(String hex, String kind) {
    assertEquals(WireException.Kind.valueOf(kind), ram(hex, false).kind());
  }

  @Test
  void shouldRefuseDeltasAndFillsInPostcopy() {
    assertEquals(
        WireException.Kind.RAM_FLAGS, ram("0000000000000040 0161 01 0001 00", true).kind());
    assertEquals(WireException.Kind.PAGE, ram("0000000000000002 0161 5a", true).kind());
    assertEquals(WireException.Kind.RAM_FLAGS, ram("0000000000000200", true).kind());
  }

  @Test
  void shouldNameTheBlockAgainAfterItWasForgotten() throws IOException {
    BufferOutput records = new BufferOutput();
    RamRecordWriter ram = new RamRecordWriter(records, 4096, BLOCKS);
    ram.zeroPage(0, 0);
    ram.zeroPage(0, 4096);
    ram.zeroPage(1, 0);
    ram.lastBlock().forget();
    ram.zeroPage(1, 0);
    ram.endOfSection();
    assertEquals(
        "0000000000000002016100"
            + "000000000000102200"
            + "0000000000000002016200"
            + "0000000000000002016200"
            + "0000000000000010",
        HexFormat.of().formatHex(records.toByteArray()));
    RamRecordReader reader =
        new RamRecordReader(Recording.input(records.toByteArray()), RamFormat.DEFAULT, BLOCKS);
    LastBlock last = reader.lastBlock();
    assertEquals(-1, last.index());
    assertEquals(RamRecordKind.ZERO, reader.next());
    assertEquals(RamRecordKind.ZERO, reader.next());
    assertTrue(reader.continued());
    assertEquals(RamRecordKind.ZERO, reader.next());
    assertEquals(1, last.index());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000",
        "00080000",
        "00010003000000",
        "000300140000",
        "0004000c000000000000000000001000",
        "0006000400000002",
        "000700010",
        "0005000201620000000000000001",
        "000500020162000000000000000800000000000000000123456789abcdee"
      })
  void shouldRefuseMessagesThatBreakARule(String hex) {
    String even = hex.length() % 2 == 0 ? hex : hex + "0";
    ReturnPathReader reader =
        new ReturnPathReader(Recording.input(HexFormat.of().parseHex(even)), Limits.DEFAULT);
    assertThrows(WireException.class, reader::next);
  }

  @Test
  void shouldTellTlsFromAMalformedMessage() {
    ReturnPathReader reader =
        new ReturnPathReader(
            Recording.input(HexFormat.of().parseHex("15030300020246")), Limits.DEFAULT);
    WireException refused = assertThrows(WireException.class, reader::next);
    assertTrue(refused.getMessage().contains("set tls-creds"), refused::getMessage);
  }
}
