package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateField;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;
import org.junit.jupiter.api.Test;

class StateLayoutTest {
  private static final StateLayout LAYOUT =
      new StateLayout(
          "test",
          4,
          3,
          List.of(
              StateField.unsigned("cmd", 8),
              StateField.signed("delta", 16),
              StateField.bool("on"),
              StateField.unused(2),
              StateField.unsigned("table", 32).array(2),
              StateField.buffer("raw", 3),
              StateField.unsigned("added", 64).since(4)));

  private static StateValues values() {
    return new StateValues()
        .put("cmd", 0xFE)
        .put("delta", -2)
        .put("on", 1)
        .put("table", new long[] {1, 0xFFFF_FFFFL})
        .put("raw", new byte[] {7, 8, 9})
        .put("added", -1L);
  }

  private static final String BYTES =
      "fe" + "fffe" + "01" + "0000" + "00000001ffffffff" + "070809" + "ffffffffffffffff";

  @Test
  void shouldWriteFieldsBackToBackInBigEndian() throws IOException {
    BytesWriter out = new BytesWriter();
    LAYOUT.save(values(), out);
    assertEquals(BYTES, HexFormat.of().formatHex(out.toByteArray()));
  }

  @Test
  void shouldReadWhatItWrote() throws Exception {
    StateValues read = LAYOUT.load(new BytesReader(HexFormat.of().parseHex(BYTES)), 4);
    assertEquals(0xFE, read.number("cmd"));
    assertEquals(-2, read.number("delta"));
    assertEquals(1, read.number("on"));
    assertArrayEquals(new long[] {1, 0xFFFF_FFFFL}, read.numbers("table"));
    assertArrayEquals(new byte[] {7, 8, 9}, read.bytes("raw"));
    assertEquals(-1, read.number("added"));
  }

  @Test
  void shouldDescribeExactlyTheBytesItWrites() {
    long described =
        LAYOUT.description().fields().stream().mapToLong(f -> f.size() * f.arrayLength()).sum();
    assertEquals(BYTES.length() / 2, described);
    assertEquals("uint32", LAYOUT.description().fields().get(4).type());
    assertEquals("int16", LAYOUT.description().fields().get(1).type());
  }

  @Test
  void shouldLeaveNewerFieldsOutOfOlderVersions() throws Exception {
    byte[] old = HexFormat.of().parseHex(BYTES.substring(0, BYTES.length() - 16));
    assertFalse(LAYOUT.load(new BytesReader(old), 3).has("added"));
  }

  @Test
  void shouldRefuseVersionsOutsideItsRange() {
    var error =
        assertThrows(StateException.class, () -> LAYOUT.load(new BytesReader(new byte[0]), 5));
    assertEquals(StateException.Fault.PEER, error.fault());
    assertTrue(error.getMessage().contains("5"), error.getMessage());
    assertThrows(StateException.class, () -> LAYOUT.load(new BytesReader(new byte[0]), 2));
  }

  @Test
  void shouldRefuseATruthValueOfTwo() {
    byte[] bytes = HexFormat.of().parseHex(BYTES.replaceFirst("fffe01", "fffe02"));
    assertThrows(StateException.class, () -> LAYOUT.load(new BytesReader(bytes), 4));
  }

  @Test
  void shouldFailAtEveryTruncation() {
    byte[] bytes = HexFormat.of().parseHex(BYTES);
    for (int cut = 0; cut < bytes.length; cut++) {
      BytesReader in = new BytesReader(Arrays.copyOf(bytes, cut));
      assertThrows(EOFException.class, () -> LAYOUT.load(in, 4), "cut at " + cut);
    }
  }

  @Test
  void shouldRefuseToWriteABufferOfTheWrongLength() {
    StateValues wrong = values().put("raw", new byte[2]);
    assertThrows(IllegalArgumentException.class, () -> LAYOUT.save(wrong, new BytesWriter()));
  }
}
