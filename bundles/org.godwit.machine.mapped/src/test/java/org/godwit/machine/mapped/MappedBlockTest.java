package org.godwit.machine.mapped;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.godwit.api.machine.DiscardSwitch;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.PostcopyMemory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MappedBlockTest {
  private static final long LENGTH = (4L << 20) + 8192;
  private static final long PIECE = 2L << 20;

  @ParameterizedTest
  @EnumSource
  void shouldReadBackWhatWasWritten(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing);
        Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocateFrom("content");
      block.write(PIECE - 3, data, 0, 8); // across two pieces
      block.write(LENGTH - 8, data, 0, 8); // in the last, short one
      MemorySegment back = arena.allocate(8);
      block.read(PIECE - 3, back, 0, 8);
      assertEquals("content", back.getString(0));
      block.read(LENGTH - 8, back, 0, 8);
      assertEquals("content", back.getString(0));
      assertThrows(IndexOutOfBoundsException.class, () -> block.write(LENGTH - 7, data, 0, 8));
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldTakePagesOutOfAStream(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing);
        Arena arena = Arena.ofConfined()) {
      MemorySegment staged = arena.allocate(8 + 2 * 4104);
      staged.asSlice(8, 4096).fill((byte) 1);
      staged.asSlice(8 + 4104, 4096).fill((byte) 2);
      block.marks().start();
      block.writePages(PIECE - 4096, staged, 8, 4104, 4096, 2); // across two pieces
      MemorySegment memory = block.mapping().orElseThrow();
      assertEquals(1, memory.get(ValueLayout.JAVA_BYTE, PIECE - 1));
      assertEquals(2, memory.get(ValueLayout.JAVA_BYTE, PIECE));
      assertEquals(2, memory.get(ValueLayout.JAVA_BYTE, PIECE + 4095));
      assertEquals(2, block.marks().take(arena.allocate(1024)));
      block.zero(PIECE, 4096);
      assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, PIECE));
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> block.writePages(LENGTH - 4096, staged, 8, 4104, 4096, 2));
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldZeroPagesPiecesAndAllOfIt(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing)) {
      MemorySegment memory = block.mapping().orElseThrow();
      fill(block);
      block.zero(4096, 4096);
      assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 4095));
      assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, 4096));
      assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 8192));
      block.zero(4096, 2 * PIECE - 4096);
      assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 0));
      assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, PIECE));
      assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 2 * PIECE));
      block.clear();
      assertTrue(memory.mismatch(MemorySegment.ofArray(new byte[(int) LENGTH])) < 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldGiveMemoryBackToTheHost(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing)) {
      fill(block);
      assertEquals(LENGTH, Resident.bytes(block.mapping().orElseThrow()));
      assertTrue(block.release(4096, PIECE));
      assertEquals(LENGTH - PIECE, Resident.bytes(block.mapping().orElseThrow()));
      assertEquals(7, block.mapping().orElseThrow().get(ValueLayout.JAVA_BYTE, 4095));
      assertEquals(7, block.mapping().orElseThrow().get(ValueLayout.JAVA_BYTE, PIECE + 4096));
      assertThrows(IndexOutOfBoundsException.class, () -> block.release(LENGTH - 4096, 8192));
      MachineException gone = assertThrows(MachineException.class, () -> block.whole("check it"));
      assertTrue(gone.getMessage().contains("was released"), gone.getMessage());
      block.clear();
      assertEquals(0, block.whole("check it").get(ValueLayout.JAVA_BYTE, 0));
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldDiscardWhatTheGuestGivesUpUnlessSomebodyNeedsIt(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing)) {
      fill(block);
      MemorySegment memory = block.mapping().orElseThrow();
      try (DiscardSwitch.Hold _ = block.discards().inhibit("incoming postcopy")) {
        assertFalse(block.discard(4096, PIECE));
        assertEquals(LENGTH, Resident.bytes(memory));
        assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 4096));
      }
      assertTrue(block.discard(4096, PIECE));
      assertEquals(LENGTH - PIECE, Resident.bytes(memory));
      assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 4095));
      assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, 4096));
      assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, PIECE + 4096));
      assertThrows(IndexOutOfBoundsException.class, () -> block.discard(LENGTH - 4096, 8192));
    }
  }

  /** A guest may have written where this process never did. */
  @ParameterizedTest
  @EnumSource
  void shouldZeroWhatAGuestWrote(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing)) {
      block.enliven();
      block.memory().segment().set(ValueLayout.JAVA_BYTE, 5000, (byte) 1);
      block.zero(4096, 4096);
      assertEquals(0, block.memory().segment().get(ValueLayout.JAVA_BYTE, 5000));
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldTakeNoMemoryForZerosInUntouchedPieces(Backing backing) throws Exception {
    long length = 256L << 20;
    try (MappedBlock block = MappedBlock.allocate("ram", length, backing)) {
      long before = residentKilobytes();
      for (long at = 0; at < length; at += 4096) {
        block.zero(at, 4096);
      }
      assertTrue(residentKilobytes() - before < length / 1024 / 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldMarkWritesOnlyWhileLogging(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing);
        Arena arena = Arena.ofConfined()) {
      MemorySegment bitmap = arena.allocate((LENGTH / 4096 + 63) / 64 * 8, 8);
      MemorySegment data = arena.allocate(16);
      block.write(0, data, 0, 16);
      block.marks().start();
      block.write(4090, data, 0, 16);
      block.zero(64 * 4096, 4096);
      assertEquals(3, block.marks().take(bitmap));
      assertEquals(0, block.marks().take(bitmap));
      assertEquals(3, bitmap.get(ValueLayout.JAVA_LONG, 0));
      assertEquals(1, bitmap.get(ValueLayout.JAVA_LONG, 8));
      block.marks().stop();
      block.write(0, data, 0, 16);
      assertEquals(0, block.marks().take(bitmap));
    }
  }

  private static void fill(MappedBlock block) throws MachineException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(LENGTH);
      data.fill((byte) 7);
      block.write(0, data, 0, LENGTH);
    }
  }

  private static long residentKilobytes() throws Exception {
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(l -> l.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("[^0-9]", ""));
  }

  @ParameterizedTest
  @EnumSource
  void shouldOfferNoSegmentAndWaitAtTheGateWhilePagesAreAbsent(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing);
        Arena arena = Arena.ofConfined()) {
      java.util.List<String> waits = new java.util.ArrayList<>();
      PostcopyMemory postcopy = block.postcopy().orElseThrow();
      assertEquals(LENGTH, postcopy.memory().length());
      postcopy.prepare();
      assertTrue(block.mapping().isPresent(), "nothing is trapped yet");
      postcopy.guard(
          (offset, length, write) -> waits.add(offset + "+" + length + (write ? "w" : "")));
      assertTrue(block.mapping().isEmpty());
      assertThrows(MachineException.class, () -> block.whole("look"));
      MemorySegment data = arena.allocateFrom("content");
      block.write(4090, data, 0, 8);
      MemorySegment heap = MemorySegment.ofArray(new byte[8]);
      block.read(4090, heap, 0, 8);
      assertEquals("content", heap.getString(0));
      block.zero(4096, 1 << 17);
      MemorySegment back = arena.allocate(8);
      block.read(4090, back, 0, 8);
      assertEquals("conten", back.getString(0), "the rest was made zero");
      block.write(0, heap, 0, 8);
      assertEquals(
          java.util.List.of("4090+8w", "4090+8", "4096+65536w", "69632+65536w", "4090+8", "0+8w"),
          waits);
      postcopy.release();
      assertEquals('c', block.mapping().orElseThrow().get(ValueLayout.JAVA_BYTE, 0));
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldNotTouchAnythingWhenTheGateRefuses(Backing backing) throws Exception {
    try (MappedBlock block = MappedBlock.allocate("ram", LENGTH, backing);
        Arena arena = Arena.ofConfined()) {
      block
          .postcopy()
          .orElseThrow()
          .guard(
              (offset, length, write) -> {
                throw new MachineException("gone");
              });
      MemorySegment data = arena.allocateFrom("content");
      assertThrows(MachineException.class, () -> block.write(0, data, 0, 8));
      assertThrows(MachineException.class, () -> block.read(0, data, 0, 8));
      assertThrows(MachineException.class, () -> block.zero(0, 4096));
      block.postcopy().orElseThrow().release();
      assertEquals(0, block.mapping().orElseThrow().get(ValueLayout.JAVA_BYTE, 0));
      assertEquals("content", data.getString(0));
    }
  }
}
