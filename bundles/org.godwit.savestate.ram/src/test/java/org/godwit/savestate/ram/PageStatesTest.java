package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.PostcopyStatistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Missing, requested, received: transitions, requests and figures. */
class PageStatesTest {
  private static final long PAGE = 4096;
  private static final long HUGE = 2 << 20;

  private final Arena arena = Arena.ofShared();
  private final PageStates states = new PageStates(arena);

  @BeforeEach
  void addBlocks() {
    states.add("small", 10_000 * PAGE, PAGE);
    states.add("huge", 4 * HUGE, HUGE);
  }

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void shouldAskForAPageOnceHoweverManyThreadsWait() throws Exception {
    long _ = states.connect();
    assertFalse(states.fault(0, 5 * PAGE, 1, 0));
    assertFalse(states.fault(0, 5 * PAGE + 9, 2, 0));
    assertFalse(states.fault(0, 7 * PAGE, 1, 0));
    assertEquals(5 * PAGE, PageStates.offsetOf(states.take()));
    assertEquals(7 * PAGE, PageStates.offsetOf(states.take()));
    assertEquals(2, states.statistics(0, false).requests());
  }

  @Test
  void shouldAskForTheHostPage() throws Exception {
    long _ = states.connect();
    assertFalse(states.fault(1, HUGE + 5 * PAGE, 1, 0));
    long asked = states.take();
    assertEquals(1, PageStates.blockOf(asked));
    assertEquals(HUGE, PageStates.offsetOf(asked));
    states.placed(1, HUGE / PAGE, HUGE / PAGE, 1000);
    assertTrue(states.fault(1, HUGE + 6 * PAGE, 1, 2000));
    assertEquals(HUGE / PAGE, states.statistics(0, false).requestedPages());
  }

  @Test
  void shouldNotAskForWhatCameBeforeItWasItsTurn() throws Exception {
    long _ = states.connect();
    assertFalse(states.fault(0, 0, 1, 0));
    assertFalse(states.fault(0, PAGE, 2, 0));
    states.placed(0, 0, 1, 10);
    assertEquals(PAGE, PageStates.offsetOf(states.take()));
  }

  @Test
  void shouldAskAgainForEverythingWantedAfterARecovery() throws Exception {
    long first = states.connect();
    assertFalse(states.fault(0, 9 * PAGE, 1, 0));
    assertFalse(states.fault(0, 3 * PAGE, 2, 0));
    long _ = states.take();
    long _ = states.take();
    states.disconnect();
    assertFalse(states.fault(1, 0, 3, 0));
    long _ = states.connect();
    states.disconnect(first); // a writer of the old connection comes late
    assertEquals(3 * PAGE, PageStates.offsetOf(states.take()));
    assertEquals(9 * PAGE, PageStates.offsetOf(states.take()));
    assertEquals(1, PageStates.blockOf(states.take()));
  }

  @Test
  void shouldLoseNoRequestWhenMoreComeThanTheRingHolds() throws Exception {
    long _ = states.connect();
    for (long page = 0; page < 10_000; page++) {
      assertFalse(states.fault(0, page * PAGE, 1, 0));
    }
    boolean[] asked = new boolean[10_000];
    for (long page = 0; page < 10_000; page++) {
      asked[(int) (PageStates.offsetOf(states.take()) / PAGE)] = true;
    }
    boolean[] all = new boolean[10_000];
    java.util.Arrays.fill(all, true);
    assertArrayEquals(all, asked);
  }

  @Test
  void shouldOweWhatWasDiscarded() {
    states.arrived(0, 0, 100);
    states.forget(0, 10, 5);
    assertEquals(5, states.outstanding());
    assertFalse(states.received(0, 12));
    states.placed(0, 10, 5, 0);
    assertEquals(0, states.outstanding());
    byte[] bits = states.bitmap(0);
    assertEquals(1256, bits.length, "10000 bits, padded to 8 bytes");
    assertEquals((byte) 0xFF, bits[1]);
    assertEquals(0x0F, bits[12]);
    assertEquals(0, bits[13]);
  }

  @Test
  void shouldLetAReaderWaitUntilItsPagesCame() throws Exception {
    long _ = states.connect();
    CompletableFuture<Void> reader = reader(2 * PAGE, 2 * PAGE);
    assertEquals(2 * PAGE, PageStates.offsetOf(states.take()));
    states.placed(0, 2, 1, 0);
    assertEquals(3 * PAGE, PageStates.offsetOf(states.take()));
    assertFalse(reader.isDone());
    states.placed(0, 3, 1, 0);
    reader.get(20, TimeUnit.SECONDS);
  }

  @Test
  void shouldFailAReaderWhoseGuestIsGivenUp() throws Exception {
    long _ = states.connect();
    CompletableFuture<Void> reader = reader(0, 1);
    long _ = states.take();
    states.abandon();
    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> reader.get(20, TimeUnit.SECONDS));
    assertTrue(failed.getCause().getCause() instanceof MachineException, failed::toString);
    assertEquals(PageStates.NOTHING, states.take());
  }

  @Test
  void shouldNotLookAtBitmapsThatAreGone() throws Exception {
    Arena own = Arena.ofShared();
    PageStates given = new PageStates(own);
    given.add("small", 16 * PAGE, PAGE);
    long _ = given.connect();
    CompletableFuture<Void> reader = reader(given, 0, 1);
    long _ = given.take();
    synchronized (given) {
      given.abandon();
      // the reader wakes up when this block ends
      own.close();
    }
    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> reader.get(20, TimeUnit.SECONDS));
    assertTrue(failed.getCause().getCause() instanceof MachineException, failed::toString);
  }

  private CompletableFuture<Void> reader(long offset, long length) {
    return reader(states, offset, length);
  }

  private static CompletableFuture<Void> reader(PageStates states, long offset, long length) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            states.await(0, offset, length);
          } catch (MachineException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void shouldTellLatenciesAndBlockedThreads() {
    assertFalse(states.fault(0, 0, 11, 1_000));
    assertFalse(states.fault(0, PAGE, 22, 2_000));
    states.placed(0, 0, 1, 11_000);
    states.placed(0, 1, 1, 22_000);
    states.placed(0, 2, 1, 23_000);
    PostcopyStatistics figures = states.statistics(1, true);
    assertEquals(2, figures.faults());
    assertEquals(2, figures.requestedPages());
    assertEquals(1, figures.backgroundPages());
    assertEquals(10_000.0, (double) figures.latencyMedian().toNanos(), 10_000 / 16.0);
    assertEquals(20_000.0, (double) figures.latency99().toNanos(), 20_000 / 16.0);
    assertEquals(20_000, figures.latencyMost().toNanos());
    assertEquals(9_000, figures.blocktime().toNanos(), "both were blocked from 2000 to 11000");
    assertEquals(10_000, figures.vcpuBlocktime().getFirst().toNanos());
    assertEquals(20_000, figures.vcpuBlocktime().getLast().toNanos());
    assertEquals(1, figures.recoveries());
  }
}
