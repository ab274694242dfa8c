package org.godwit.machine.mapped;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalkTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 6, 64, 700, 1024, 3839, 65521})
  void shouldVisitEachPageOnceAndKnowWhen(long pages) {
    for (Walk walk : new Walk[] {Walk.sweep(pages), Walk.scattered(pages)}) {
      BitSet visited = new BitSet();
      long begin = pages / 3;
      long page = begin;
      for (long turn = 0; turn < pages; turn++) {
        visited.set((int) page);
        assertEquals(turn, walk.turn(page, begin));
        page = (page + walk.stride()) % pages;
      }
      assertEquals(pages, visited.cardinality());
      assertEquals(begin, page, "a round ends where it began");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 28, (1L << 31) - 1})
  void shouldNotOverflowForTerabytes(long pages) {
    Walk walk = Walk.scattered(pages);
    assertEquals(1, walk.turn(walk.stride() % pages, 0));
    assertTrue(walk.turn(pages - 1, 0) < pages);
  }
}
