package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirtyBitmapTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 63, 64, 65, 1000, 4096})
  void shouldSetExactlyTheBitsOfItsPages(int pages) {
    DirtyBitmap bitmap = new DirtyBitmap(pages, Arena.ofAuto());
    bitmap.setAll();
    assertEquals(pages, bitmap.count());
    int seen = 0;
    for (long page = bitmap.next(0); page >= 0; page = bitmap.next(page + 1)) {
      assertEquals(seen, page);
      seen++;
    }
    assertEquals(pages, seen);
  }

  @Test
  void shouldWalkAsABitSetDoes() {
    SplittableRandom random = new SplittableRandom(7);
    DirtyBitmap bitmap = new DirtyBitmap(1000, Arena.ofAuto());
    BitSet model = new BitSet();
    for (int i = 0; i < 20_000; i++) {
      int page = random.nextInt(1000);
      if (random.nextInt(3) == 0) {
        assertEquals(!model.get(page), bitmap.set(page));
        model.set(page);
      } else {
        assertEquals(model.get(page), bitmap.clear(page));
        model.clear(page);
      }
      assertEquals(model.cardinality(), bitmap.count());
      assertEquals(model.nextSetBit(page), bitmap.next(page));
      assertEquals(Math.min(1000, model.nextClearBit(page)), bitmap.nextClear(page));
    }
  }

  @Test
  void shouldChangeRunsAsABitSetDoes() {
    SplittableRandom random = new SplittableRandom(8);
    DirtyBitmap bitmap = new DirtyBitmap(1000, Arena.ofAuto());
    BitSet model = new BitSet();
    for (int i = 0; i < 20_000; i++) {
      int page = random.nextInt(1000);
      int end = page + random.nextInt(Math.min(200, 1000 - page) + 1);
      boolean set = random.nextBoolean();
      model.set(page, end, set);
      if (set) {
        bitmap.setRun(page, end - page);
      } else {
        bitmap.clearRun(page, end - page);
      }
      assertEquals(model.cardinality(), bitmap.count());
      assertEquals(model.nextSetBit(page), bitmap.next(page));
      int first = model.nextSetBit(page);
      if (first >= 0) {
        int length = model.nextClearBit(first) - first;
        assertEquals(Math.min(length, 100), bitmap.run(first, 100));
        assertEquals(length, bitmap.run(first, 1000));
      }
    }
  }

  @Test
  void shouldMeasureRunsUpToTheLimitAndTheEnd() {
    DirtyBitmap bitmap = new DirtyBitmap(130, Arena.ofAuto());
    bitmap.setAll();
    assertTrue(bitmap.clear(100));
    assertEquals(16, bitmap.run(0, 16));
    assertEquals(100, bitmap.run(0, 1000));
    assertEquals(29, bitmap.run(101, 1000));
    assertFalse(bitmap.get(100));
  }
}
