package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Staging, direct reads, positions and ends of input. */
class StagedInputTest {

  private static final byte[] BYTES = new byte[100_000];

  static {
    new Random(4).nextBytes(BYTES);
  }

  /** Gives pieces of any size and remembers where they went. */
  private static final class Pieces implements ByteSource {

    private final Random random = new Random(7);
    private final List<MemorySegment> targets = new ArrayList<>();
    private int at;
    private long skipped;

    @Override
    public long read(MemorySegment into, long offset, long length) {
      if (at == BYTES.length) {
        return -1;
      }
      int count = (int) Math.min(Math.min(length, 1 + random.nextInt(3000)), BYTES.length - at);
      MemorySegment.copy(MemorySegment.ofArray(BYTES), at, into, offset, count);
      at += count;
      targets.add(into);
      return count;
    }

    @Override
    public long skip(long length) {
      long count = Math.min(length, Math.min(5000, BYTES.length - 1 - at));
      at += (int) count;
      skipped += count;
      return count;
    }
  }

  /** Transports write into memory by its address. */
  @Test
  void shouldNotLetASourceFillMemoryOfTheHeap() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Pieces source = new Pieces();
      StagedInput in = new StagedInput(source, arena.allocate(2048));
      byte[] into = new byte[8192];
      in.copy(MemorySegment.ofArray(into), 0, into.length);
      assertArrayEquals(Arrays.copyOf(BYTES, into.length), into);
      assertTrue(source.targets.stream().allMatch(MemorySegment::isNative));
    }
  }

  @Test
  void shouldGiveTheSameBytesHoweverTheyAreAskedFor() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Pieces source = new Pieces();
      StagedInput in = new StagedInput(source, arena.allocate(2048), 1000);
      Random random = new Random(11);
      int at = 0;
      while (at < BYTES.length - 10_000) {
        assertEquals(1000 + at, in.position());
        at += step(in, random, at);
      }
      assertTrue(source.skipped > 0);
    }
  }

  private static int step(StagedInput in, Random random, int at) throws IOException {
    switch (random.nextInt(5)) {
      case 0 -> {
        assertEquals(BYTES[at] & 0xFF, in.u8());
        return 1;
      }
      case 1 -> {
        long expected = MemorySegment.ofArray(BYTES).get(Layouts.BE64, at);
        assertEquals(expected, in.be64());
        return 8;
      }
      case 2 -> {
        int length = random.nextInt(5000);
        byte[] copy = new byte[length + 3];
        in.copy(MemorySegment.ofArray(copy), 3, length);
        assertArrayEquals(
            Arrays.copyOfRange(BYTES, at, at + length), Arrays.copyOfRange(copy, 3, length + 3));
        return length;
      }
      case 3 -> {
        int length = random.nextInt(4000);
        in.skip(length);
        return length;
      }
      default -> {
        int length = random.nextInt(2048);
        in.require(length);
        assertTrue(in.available() >= length);
        assertEquals(
            -1,
            MemorySegment.mismatch(
                in.buffer(),
                in.bufferOffset(),
                in.bufferOffset() + length,
                MemorySegment.ofArray(BYTES),
                at,
                at + length));
        return 0;
      }
    }
  }

  @Test
  void shouldReadLargeDataIntoTheTargetItself() throws IOException {
    Pieces source = new Pieces();
    StagedInput in = new StagedInput(source, MemorySegment.ofArray(new byte[2048]));
    MemorySegment target = MemorySegment.ofArray(new byte[50_000]);
    in.copy(target, 0, 50_000);
    long direct = source.targets.stream().filter(target::equals).count();
    assertTrue(direct >= source.targets.size() - 2, direct + " of " + source.targets.size());
  }

  @Test
  void shouldTellWhereTheInputEndedAndHowMuchIsMissing() throws IOException {
    StagedInput in = Recording.input(new byte[] {1, 2, 3});
    assertEquals(1, in.u8());
    WireException end = assertThrows(WireException.class, in::be64);
    assertEquals(WireException.Kind.TRUNCATED, end.kind());
    assertEquals(3, end.offset());
    assertEquals("at least 6 more bytes", end.allowed());
    assertFalse(in.atEnd());
    in.skip(2);
    assertTrue(in.atEnd());
  }

  @Test
  void shouldRefuseToStageMoreThanThereIsRoomFor() {
    StagedInput in = Recording.input(BYTES);
    assertThrows(IllegalArgumentException.class, () -> in.require(16 * 1024 + 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> new StagedInput(new Pieces(), MemorySegment.ofArray(new byte[100])));
  }

  @Test
  void shouldRefuseSourceThatReturnsNothing() {
    StagedInput in =
        new StagedInput((into, offset, length) -> 0, MemorySegment.ofArray(new byte[512]));
    assertThrows(IOException.class, in::u8);
  }

  @Test
  void shouldKeepEveryByteOfNames() throws IOException {
    byte[] name = new byte[255];
    for (int i = 0; i < name.length; i++) {
      name[i] = (byte) (i + 1);
    }
    BufferOutput out = new BufferOutput();
    out.u8(255);
    out.bytes(MemorySegment.ofArray(name), 0, 255);
    String text = Recording.input(out.toByteArray()).countedString();
    BufferOutput again = new BufferOutput();
    again.countedString(text);
    assertArrayEquals(out.toByteArray(), again.toByteArray());
    assertThrows(IllegalArgumentException.class, () -> again.countedString("\u20AC"));
    assertThrows(IllegalArgumentException.class, () -> again.countedString("x".repeat(256)));
  }
}
