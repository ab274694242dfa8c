package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections for two who wait. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PeerQueueTest {
  private final Comers comers = new Comers();
  private final PeerQueue queue = new PeerQueue(comers, "test");

  @AfterEach
  void close() {
    queue.close();
  }

  private NotedChannel comes(String name) {
    NotedChannel channel = new NotedChannel(name);
    comers.next.add(channel);
    return channel;
  }

  @Test
  void shouldHandConnectionsOutInTheirOrder() throws Exception {
    List<Channel> come = List.of(comes("a"), comes("b"), comes("c"));
    List<Channel> taken =
        List.of(queue.accept(), queue.next(() -> false).orElseThrow(), queue.accept());
    assertEquals(come, taken);
  }

  @Test
  void shouldLetGoOfWhoDoesNotWaitAnyMore() throws Exception {
    AtomicBoolean given = new AtomicBoolean();
    CountDownLatch asked = new CountDownLatch(1);
    CompletableFuture<Optional<Channel>> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return queue.next(
                    () -> {
                      asked.countDown();
                      return given.get();
                    });
              } catch (TransportException e) {
                throw new AssertionError(e);
              }
            });
    assertTrue(asked.await(20, TimeUnit.SECONDS));
    given.set(true);
    queue.wake();
    assertEquals(Optional.empty(), waiting.get(20, TimeUnit.SECONDS));
    NotedChannel later = comes("later");
    assertSame(later, queue.accept());
  }

  @Test
  void shouldHandOutWhatCameBeforeTheEndAndThenSayWhy() throws Exception {
    NotedChannel last = comes("last");
    comers.next.add(new TransportException(Reason.ENVIRONMENT, "No descriptors are left."));
    assertSame(last, queue.accept());
    TransportException end = assertThrows(TransportException.class, queue::accept);
    assertEquals("No descriptors are left.", end.getMessage());
    assertThrows(TransportException.class, queue::accept);
  }

  @Test
  void shouldSaySoWhenTheTransportHasABug() {
    comers.next.add(new IllegalStateException("a bug"));
    TransportException end = assertThrows(TransportException.class, queue::accept);
    assertEquals(Reason.ENVIRONMENT, end.reason());
    assertEquals("a bug", end.getCause().getMessage());
  }

  /** Lets all come that were told to, although nobody waits for them yet. */
  private void letCome() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    comers.next.add(seen);
    assertEquals(Optional.empty(), queue.next(() -> true));
    assertTrue(seen.await(20, TimeUnit.SECONDS));
  }

  @Test
  void shouldTurnAwayMoreThanAnySourceMakes() throws Exception {
    List<NotedChannel> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(comes("comer-" + i));
    }
    letCome();
    for (NotedChannel early : all.subList(0, 8)) {
      assertEquals(List.of(), early.calls);
      assertSame(early, queue.accept());
    }
    for (NotedChannel late : all.subList(8, 10)) {
      assertEquals(List.of("abort Nobody waits for this connection.", "close"), late.calls);
    }
  }

  @Test
  void shouldCloseWhoeverStillWaits() throws Exception {
    NotedChannel taken = comes("taken");
    NotedChannel left = comes("left");
    letCome();
    assertSame(taken, queue.accept());
    queue.close();
    assertTrue(comers.closed.await(20, TimeUnit.SECONDS));
    assertEquals(List.of(), taken.calls, "belongs to who took it");
    assertEquals(List.of("close"), left.calls);
    assertEquals(Reason.ABORTED, assertThrows(TransportException.class, queue::accept).reason());
  }
}
