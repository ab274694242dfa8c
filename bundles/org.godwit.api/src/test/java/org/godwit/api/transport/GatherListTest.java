package org.godwit.api.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GatherListTest {
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(16 * 4096L);
  private final GatherList list = new GatherList(3, arena);

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void shouldLayPiecesOutAsStructIovec() {
    list.add(memory, 4096, 10);
    list.add(memory, 0, 20);
    MemorySegment vectors = list.vectors();
    assertEquals(memory.address() + 4096, vectors.get(ValueLayout.JAVA_LONG, 0));
    assertEquals(10, vectors.get(ValueLayout.JAVA_LONG, 8));
    assertEquals(memory.address(), vectors.get(ValueLayout.JAVA_LONG, 16));
    assertEquals(20, vectors.get(ValueLayout.JAVA_LONG, 24));
    assertEquals(30, list.bytes());
  }

  @Test
  void shouldLengthenThePieceThatIsContinued() {
    list.add(memory, 0, 4096);
    list.add(memory, 4096, 4096);
    assertEquals(1, list.count());
    assertEquals(8192, list.lengthAt(0));
    assertEquals(8192, list.bytes());
  }

  @Test
  void shouldNotJoinNeighboursOfDifferentSegments() {
    list.add(memory.asSlice(0, 4096), 0, 4096);
    list.add(memory.asSlice(4096, 4096), 0, 4096);
    assertEquals(2, list.count());
  }

  @Test
  void shouldRefuseRangesOutsideTheSegment() {
    assertThrows(IndexOutOfBoundsException.class, () -> list.add(memory, 16 * 4096L - 1, 2));
    assertEquals(0, list.bytes());
  }

  @Test
  void shouldTellWhenItIsFullAndForgetWhenCleared() {
    for (int i = 0; i < 3; i++) {
      assertFalse(list.isFull());
      list.add(memory, i * 8192L, 1);
    }
    assertTrue(list.isFull());
    list.clear();
    assertEquals(0, list.count());
    assertEquals(0, list.bytes());
  }
}
