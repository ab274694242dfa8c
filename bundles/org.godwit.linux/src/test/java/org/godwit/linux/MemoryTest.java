package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import org.godwit.linux.Mapping.Advice;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemoryTest {
  private static final long MIB = 1 << 20;

  @Test
  void shouldAlignToHugePagesAndUnmapOnClose() throws Exception {
    long address;
    try (Mapping mapping = Mapping.anonymous(4 * MIB)) {
      mapping.advise(Advice.HUGEPAGE, 0, mapping.length());
      mapping.advise(Advice.POPULATE_WRITE, 0, mapping.length());
      address = mapping.segment().address();
      assertEquals(0, address % (2 * MIB));
      assertTrue(mapped(address));
    }
    assertFalse(mapped(address));
  }

  @Test
  void shouldRefuseUseAfterClose() throws Exception {
    Mapping mapping = Mapping.anonymous(4096);
    MemorySegment segment = mapping.segment();
    mapping.close();
    mapping.close();
    assertThrows(
        IllegalStateException.class, () -> segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
  }

  @Test
  void shouldDiscardAnonymousAndSharedMemory() throws Exception {
    try (NativeFile file = NativeFile.memory("discard", MIB);
        Mapping shared = Mapping.shared(file, MIB);
        Mapping alias = Mapping.shared(file, MIB);
        Mapping anonymous = Mapping.anonymous(MIB)) {
      shared.segment().fill((byte) 7);
      assertEquals(7, alias.segment().get(ValueLayout.JAVA_BYTE, 4096));
      shared.advise(Advice.REMOVE, 4096, 4096);
      assertEquals(0, alias.segment().get(ValueLayout.JAVA_BYTE, 4096));
      assertEquals(7, alias.segment().get(ValueLayout.JAVA_BYTE, 8192));
      anonymous.segment().fill((byte) 7);
      anonymous.advise(Advice.DONTNEED, 0, 4096);
      assertEquals(0, anonymous.segment().get(ValueLayout.JAVA_BYTE, 0));
      assertThrows(LinuxException.class, () -> anonymous.advise(Advice.REMOVE, 0, 4096));
    }
  }

  @Test
  void shouldCopyFromNativeCode() throws Exception {
    try (Mapping mapping = Mapping.anonymous(8192);
        Arena arena = Arena.ofConfined()) {
      mapping.copyIn(4096, arena.allocateFrom("text"), 0, 5);
      assertEquals("text", mapping.segment().getString(4096));
      MemorySegment small = arena.allocate(4);
      assertThrows(IndexOutOfBoundsException.class, () -> mapping.copyIn(8190, small, 0, 4));
    }
  }

  @Test
  void shouldSetBitsAcrossWordsAndCountOnlyNewOnes() {
    MemorySegment words = MemorySegment.ofArray(new long[4]);
    assertEquals(130, Bits.set(words, 10, 140));
    assertEquals(10, Bits.set(words, 0, 64));
    assertEquals(64, Bits.set(words, 192, 256));
    assertEquals(-1L, words.get(ValueLayout.JAVA_LONG, 8));
    assertEquals((1L << 12) - 1, words.get(ValueLayout.JAVA_LONG, 16));
  }

  private static boolean mapped(long address) throws Exception {
    String prefix = Long.toHexString(address) + "-";
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .anyMatch(line -> line.startsWith(prefix));
  }

  @Nested
  class Tracking {
    @BeforeEach
    void require() {
      WriteTracker.unsupported().ifPresent(r -> NativeRequirement.missing("write tracking", r));
    }

    @Test
    void shouldReportExactlyTheWrittenPagesOfAnonymousMemory() throws Exception {
      try (Mapping mapping = Mapping.anonymous(16 * MIB)) {
        mapping.advise(Advice.HUGEPAGE, 0, mapping.length());
        assertTracks(mapping);
      }
    }

    @Test
    void shouldReportExactlyTheWrittenPagesOfSharedMemory() throws Exception {
      try (NativeFile file = NativeFile.memory("tracked", 16 * MIB);
          Mapping mapping = Mapping.shared(file, 16 * MIB)) {
        assertTracks(mapping);
      }
    }

    private void assertTracks(Mapping mapping) throws Exception {
      int pages = (int) (mapping.length() / 4096);
      Random random = new Random(1);
      mapping.segment().asSlice(0, 8 * MIB).fill((byte) 1);
      try (WriteTracker tracker = WriteTracker.open(mapping.segment());
          Arena arena = Arena.ofConfined()) {
        tracker.protect();
        for (int round = 0; round < 5; round++) {
          BitSet expected = write(mapping, random, pages);
          MemorySegment bitmap = arena.allocate(pages / 8, 8);
          assertEquals(expected.cardinality(), tracker.fetch(bitmap));
          assertEquals(expected, BitSet.valueOf(bitmap.toArray(ValueLayout.JAVA_LONG)));
          assertEquals(0, tracker.fetch(bitmap));
        }
      }
    }

    private BitSet write(Mapping mapping, Random random, int pages) {
      BitSet written = new BitSet();
      for (int i = 0; i < 1500; i++) {
        int page = random.nextInt(pages);
        written.set(page);
        mapping.segment().set(ValueLayout.JAVA_BYTE, page * 4096L + i % 4096, (byte) i);
      }
      return written;
    }

    @Test
    void shouldSeeWhatASystemCallWrites() throws Exception {
      try (Mapping mapping = Mapping.anonymous(MIB);
          WriteTracker tracker = WriteTracker.open(mapping.segment());
          Pipe pipe = Pipe.open();
          Arena arena = Arena.ofConfined()) {
        tracker.protect();
        pipe.writer().write(arena.allocateFrom("data"), 0, 4);
        assertEquals(4, pipe.reader().read(mapping.segment(), 3 * 4096, 4));
        MemorySegment bitmap = arena.allocate(MIB / 4096 / 8, 8);
        assertEquals(1, tracker.fetch(bitmap));
        assertEquals(8, bitmap.get(ValueLayout.JAVA_LONG, 0));
      }
    }
  }

  @Nested
  class Code {
    /** {@code mov rax,[rdi]; add rax,[rdi+8]; ret}. */
    private static final byte[] SUM = {
      0x48, (byte) 0x8b, 0x07, 0x48, 0x03, 0x47, 0x08, (byte) 0xc3
    };

    @Test
    void shouldCallMachineCodeOfOurOwn() throws Exception {
      if (!NativeCode.x86()) {
        NativeRequirement.missing("x86-64", System.getProperty("os.arch"));
      }
      try (NativeCode code = NativeCode.load(SUM);
          Arena arena = Arena.ofConfined()) {
        MemorySegment pair = arena.allocateFrom(ValueLayout.JAVA_LONG, 40, 2);
        assertEquals(42, code.call(pair));
      }
    }
  }
}
