package org.godwit.api.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DiscardSwitchTest {
  private final DiscardSwitch discards = new DiscardSwitch();
  private final AtomicInteger discarded = new AtomicInteger();

  private boolean inflate() throws MachineException {
    return discards.discard(discarded::incrementAndGet);
  }

  @Test
  void shouldDiscardNothingUntilTheLastHolderLetsGo() throws Exception {
    assertTrue(inflate());
    DiscardSwitch.Hold postcopy = discards.inhibit("incoming postcopy");
    DiscardSwitch.Hold snapshot = discards.inhibit("background snapshot");
    assertFalse(inflate());
    assertEquals(List.of("incoming postcopy", "background snapshot"), discards.holders());
    postcopy.close();
    postcopy.close();
    assertFalse(inflate());
    assertEquals(List.of("background snapshot"), discards.holders());
    snapshot.close();
    assertTrue(inflate());
    assertEquals(2, discarded.get());
  }

  @Test
  void shouldCountHoldersOfTheSameName() throws Exception {
    DiscardSwitch.Hold one = discards.inhibit("colo");
    DiscardSwitch.Hold other = discards.inhibit("colo");
    one.close();
    one.close();
    assertFalse(inflate());
    other.close();
    assertTrue(inflate());
  }

  @Test
  void shouldTellWhyADiscardFailed() throws Exception {
    MachineException refused =
        assertThrows(
            MachineException.class,
            () ->
                discards.discard(
                    () -> {
                      throw new MachineException("no");
                    }));
    assertEquals("no", refused.getMessage());
    discards.inhibit("anybody").close();
    assertTrue(inflate());
  }

  /** Else a discard that had looked before would take a page that postcopy has just received. */
  @Test
  void shouldWaitForADiscardThatIsUnderWay() throws Exception {
    for (int round = 1; round <= 500; round++) {
      CountDownLatch asking = new CountDownLatch(1);
      CompletableFuture<Integer> seen = new CompletableFuture<>();
      Thread holder = Thread.ofPlatform().daemon().unstarted(() -> hold(asking, seen));
      assertTrue(
          discards.discard(
              () -> {
                holder.start();
                await(asking);
                discarded.incrementAndGet();
              }));
      assertEquals(round, seen.get(), "held before the discard was over");
      holder.join();
    }
  }

  private void hold(CountDownLatch asking, CompletableFuture<Integer> seen) {
    asking.countDown();
    try (DiscardSwitch.Hold _ = discards.inhibit("incoming postcopy")) {
      seen.complete(discarded.get());
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
