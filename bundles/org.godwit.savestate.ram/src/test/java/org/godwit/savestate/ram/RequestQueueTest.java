package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RequestQueueTest {
  private static RequestQueue of(int pages) {
    return new RequestQueue(List.of((long) pages), Arena.ofAuto());
  }

  @Test
  void shouldKeepTheOrderWhileItGrowsAndWrapsAround() {
    RequestQueue queue = of(5000);
    Deque<Long> model = new ArrayDeque<>();
    SplittableRandom random = new SplittableRandom(5);
    long next = 0;
    while (next < 5000 || !model.isEmpty()) {
      if (next < 5000 && random.nextInt(5) < 3) {
        queue.ask(0, next, 1);
        model.add(next++);
      } else {
        assertEquals(model.isEmpty() ? -1 : model.remove(), queue.poll());
      }
      assertEquals(!model.isEmpty(), queue.waiting());
    }
  }

  @Test
  void shouldTakeAPageAgainOnlyAfterEverythingWasForgotten() {
    RequestQueue queue = of(10);
    queue.ask(0, 2, 3);
    queue.ask(0, 0, 10);
    assertEquals(2, queue.poll());
    queue.ask(0, 2, 1);
    for (long page : new long[] {3, 4, 0, 1, 5, 6, 7, 8, 9, -1}) {
      assertEquals(page, queue.poll());
    }
    assertFalse(queue.waiting());
    queue.forget();
    queue.ask(0, 2, 1);
    assertTrue(queue.waiting());
    assertEquals(2, RequestQueue.page(queue.poll()));
  }

  @Test
  void shouldBoundWhatWaits() {
    RequestQueue queue = of(RequestQueue.MOST + 10);
    queue.ask(0, 0, RequestQueue.MOST + 10);
    assertEquals(0, queue.poll());
    queue.ask(0, RequestQueue.MOST, 10);
    long last = -1;
    for (long page = queue.poll(); page >= 0; page = queue.poll()) {
      last = page;
    }
    assertEquals(RequestQueue.MOST, last, "one place was free");
  }
}
