package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.ram.BlockListCheck;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.walk.StreamVisitor;
import org.godwit.wire.walk.StreamWalker;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Edits of a valid stream, with the verdict that this project gives (stream-format 11). */
class MutationTest {

  private static final byte[] BASE = Recording.of("precopy-stopped-7.2").forward();

  /** Where this project is stricter than QEMU 7.2 unless configured otherwise. */
  private static final Set<String> STRICTER =
      Set.of("machine-name-prefix", "duplicate-start", "zero-page-nonzero-fill");

  private static final LocalMachine MACHINE = LocalMachine.of("pc-i440fx-7.2");
  private static final ReaderOptions OPTIONS = ReaderOptions.DEFAULT.withReturnPath(false);

  /** A machine as it was when the base was recorded. */
  private static final class Receiver implements StreamVisitor {

    private final LocalMachine machine;
    private final Receiver known;
    private final List<DeviceSection> devices = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private RamBlockList blocks;

    Receiver(LocalMachine machine, Receiver known) {
      this.machine = machine;
      this.known = known;
    }

    @Override
    public void configuration(long offset, long end, Configuration configuration)
        throws IOException {
      machine.check(configuration, offset);
    }

    @Override
    public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
      if (kind == RamRecordKind.BLOCK_LIST) {
        blocks = new RamBlockList(reader.blocks().entries().subList(0, reader.listedBlocks()));
        if (known != null) {
          BlockListCheck.check(blocks, known.blocks, Set.of(), reader.recordOffset())
              .forEach(name -> warnings.add("Block " + name + " is missing."));
        }
      }
    }

    @Override
    public void deviceSection(DeviceSection section, boolean inPackage) throws IOException {
      devices.add(section);
      if (known != null && known.devices.stream().noneMatch(device -> same(device, section))) {
        throw new WireException(
            WireException.Kind.SECTION_UNKNOWN, section.offset(), section.idstr(), "a device");
      }
    }

    private static boolean same(DeviceSection a, DeviceSection b) {
      return a.idstr().equals(b.idstr())
          && a.instance() == b.instance()
          && b.version() <= a.version()
          && b.body().length == a.body().length;
    }

    @Override
    public void trailer(Trailer trailer) {
      if (!(trailer instanceof Trailer.Description)) {
        warnings.add("" + trailer);
      }
    }
  }

  private static Receiver receive(byte[] bytes, LocalMachine machine, RamFormat format)
      throws IOException {
    Receiver base = new Receiver(MACHINE, null);
    walk(BASE, base, RamFormat.DEFAULT);
    Receiver receiver = new Receiver(machine, base);
    walk(bytes, receiver, format);
    return receiver;
  }

  private static void walk(byte[] bytes, Receiver visitor, RamFormat format) throws IOException {
    try (StreamWalker walker = new StreamWalker(Recording.input(bytes), OPTIONS, format, visitor)) {
      if (visitor.known != null) {
        walker.localBlocks(visitor.known.blocks);
      }
      walker.walk();
    }
  }

  static Stream<Named<JsonNode>> cases() {
    return StreamSupport.stream(Recording.json("mutations.json").get("cases").spliterator(), false)
        .map(node -> Named.of(node.get("name").asText(), node));
  }

  private static byte[] apply(JsonNode mutation) {
    byte[] bytes = BASE;
    List<JsonNode> edits = new ArrayList<>();
    mutation.get("edits").forEach(edits::add);
    edits.sort((a, b) -> Long.compare(b.get("offset").asLong(), a.get("offset").asLong()));
    for (JsonNode edit : edits) {
      int offset = edit.get("offset").asInt();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.write(bytes, 0, offset);
      out.writeBytes(HexFormat.of().parseHex(edit.get("insert_hex").asText()));
      int rest = offset + edit.get("delete_bytes").asInt();
      out.write(bytes, rest, bytes.length - rest);
      bytes = out.toByteArray();
    }
    assertEquals(mutation.get("result_sha256").asText(), RamImage.sha256(bytes));
    return bytes;
  }

  private static byte[] named(String name) {
    return apply(cases().filter(c -> c.getName().equals(name)).findFirst().get().getPayload());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldGiveTheVerdictOfTheSpecification(JsonNode mutation) {
    byte[] bytes = apply(mutation);
    boolean accepted =
        mutation.get("qemu_7_2_22").asText().equals("accepted")
            && !STRICTER.contains(mutation.get("name").asText());
    if (accepted) {
      assertDoesNotThrow(() -> receive(bytes, MACHINE, RamFormat.DEFAULT));
      return;
    }
    WireException refused =
        assertThrows(WireException.class, () -> receive(bytes, MACHINE, RamFormat.DEFAULT));
    assertTrue(refused.offset() >= 0 && refused.offset() <= bytes.length);
    assertFalse(refused.found().isEmpty());
    assertFalse(refused.allowed().isEmpty());
    assertNotNull(refused.kind());
  }

  @Test
  void shouldAcceptPrefixOfMachineNameWhenToldTo() throws IOException {
    Receiver receiver =
        receive(named("machine-name-prefix"), MACHINE.acceptingPrefix(), RamFormat.DEFAULT);
    assertEquals(List.of(), receiver.warnings);
  }

  @Test
  void shouldAcceptFillByteWhenToldTo() {
    assertDoesNotThrow(
        () ->
            receive(
                named("zero-page-nonzero-fill"), MACHINE, RamFormat.DEFAULT.withAcceptFill(true)));
  }

  @Test
  void shouldWarnAboutWhatIsMissing() throws IOException {
    for (String name :
        List.of(
            "no-vmdescription", "vmdescription-cut", "junk-after-eof", "memsize-missing-block")) {
      assertEquals(1, receive(named(name), MACHINE, RamFormat.DEFAULT).warnings.size(), name);
    }
  }

  @Test
  void shouldSayWhereAndWhy() {
    WireException refused =
        assertThrows(
            WireException.class,
            () -> receive(named("start-footer-id"), MACHINE, RamFormat.DEFAULT));
    assertEquals(WireException.Kind.FOOTER, refused.kind());
    assertEquals(191, refused.offset());
    assertEquals(
        "At byte offset 191: found a footer of section id 9; allowed is section id 2.",
        refused.getMessage());
  }
}
