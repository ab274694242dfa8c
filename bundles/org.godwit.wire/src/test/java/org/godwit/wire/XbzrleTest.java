package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.ram.Xbzrle;
import org.godwit.wire.ram.ZeroPage;
import org.godwit.wire.walk.StreamVisitor;
import org.godwit.wire.walk.StreamWalker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** XBZRLE against the recording, against itself, and against damaged input. */
class XbzrleTest {

  private static final int PAGE = 4096;

  private static byte[] encode(byte[] old, byte[] now) {
    byte[] out = new byte[PAGE];
    int length =
        Xbzrle.encode(
            MemorySegment.ofArray(old),
            0,
            MemorySegment.ofArray(now),
            0,
            old.length,
            MemorySegment.ofArray(out),
            0,
            PAGE);
    return length < 0 ? null : Arrays.copyOf(out, length);
  }

  private static int decode(byte[] encoded, byte[] page) throws WireException {
    return Xbzrle.decode(
        MemorySegment.ofArray(encoded),
        0,
        encoded.length,
        MemorySegment.ofArray(page),
        0,
        page.length,
        0);
  }

  @Test
  void shouldEncodeAsTheRecordedSenderDid() throws IOException {
    Recording recording = Recording.of("xbzrle-7.2");
    RamImage memory = new RamImage();
    WireInput in = Recording.input(recording.forward());
    int[] compared = {0};
    StreamVisitor visitor =
        new StreamVisitor() {
          @Override
          public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
            if (kind != RamRecordKind.XBZRLE) {
              memory.ramRecord(reader, kind);
              return;
            }
            int length = (int) reader.dataLength();
            in.require(length);
            byte[] sent =
                in.buffer().asSlice(in.bufferOffset(), length).toArray(ValueLayout.JAVA_BYTE);
            byte[] block = memory.block(reader.block().name());
            int from = (int) reader.offset();
            byte[] before = Arrays.copyOfRange(block, from, from + PAGE);
            memory.ramRecord(reader, kind);
            assertArrayEquals(sent, encode(before, Arrays.copyOfRange(block, from, from + PAGE)));
            compared[0]++;
          }
        };
    try (StreamWalker walker =
        new StreamWalker(in, recording.options(), recording.format(), visitor)) {
      walker.walk();
    }
    assertEquals(recording.facts().get("xbzrle").get("pages").asInt(), compared[0]);
  }

  @Test
  void shouldDecodeTheExampleOfTheSpecification() throws WireException {
    byte[] page = new byte[PAGE];
    assertEquals(2, decode(HexFormat.of().parseHex("100271f3ef0f01e4"), page));
    assertEquals((byte) 0x71, page[16]);
    assertEquals((byte) 0xF3, page[17]);
    assertEquals((byte) 0xE4, page[2049]);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldRestoreEveryPage(long seed) throws WireException {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      byte[] old = new byte[PAGE];
      random.nextBytes(old);
      byte[] now = old.clone();
      int changes = random.nextInt(1, 60);
      for (int i = 0; i < changes; i++) {
        int at = random.nextInt(PAGE);
        int run = Math.min(PAGE - at, random.nextInt(1, 40));
        for (int k = 0; k < run; k++) {
          now[at + k] = (byte) random.nextInt();
        }
      }
      byte[] encoded = encode(old, now);
      if (encoded != null && encoded.length > 0) {
        decode(encoded, old);
        assertArrayEquals(now, old);
      }
    }
  }

  @Test
  void shouldTellUnchangedAndOverflow() {
    byte[] zero = new byte[PAGE];
    byte[] other = new byte[PAGE];
    for (int i = 0; i < PAGE; i += 2) {
      other[i] = 1;
    }
    assertEquals(0, encode(zero, zero.clone()).length);
    assertEquals(null, encode(zero, other));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00",
        "0100",
        "010101000101",
        "8080",
        "80800001",
        "0105aa",
        "ff1f0201aa",
        "10",
        "ffff0101aa"
      })
  void shouldRefuseDamagedRuns(String hex) {
    WireException refused =
        assertThrows(
            WireException.class, () -> decode(HexFormat.of().parseHex(hex), new byte[PAGE]));
    assertEquals(WireException.Kind.XBZRLE, refused.kind());
  }

  @Test
  void shouldFindZeroPagesOnly() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(4 * PAGE);
      assertTrue(ZeroPage.isZero(memory, 0, 4 * PAGE));
      for (int at : new int[] {PAGE, PAGE + 1, PAGE + 700, PAGE + 2047, 2 * PAGE - 1}) {
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) 1);
        assertTrue(ZeroPage.isZero(memory, 0, PAGE));
        assertEquals(false, ZeroPage.isZero(memory, PAGE, PAGE), "at " + at);
        assertTrue(ZeroPage.isZero(memory, 2 * PAGE, 2 * PAGE));
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
      }
    }
  }
}
