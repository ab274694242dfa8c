package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class FarewellTest {
  private static final long LIMIT = 5_000_000_000L;

  private final ManualTime time = new ManualTime();

  @Test
  void shouldWaitForAllJobsThatHangUnderOneLimit() throws Exception {
    new Farewell(time)
        .await(
            List.of(
                new CompletableFuture<>(), new CompletableFuture<>(), new CompletableFuture<>()),
            LIMIT);
    assertEquals(LIMIT, time.nanoTime());
  }

  @Test
  void shouldNotWaitWhenAllHaveEnded() throws Exception {
    CompletableFuture<String> failed = CompletableFuture.failedFuture(new Exception("any"));
    new Farewell(time).await(List.of(CompletableFuture.completedFuture("ended"), failed), LIMIT);
    assertEquals(0, time.nanoTime());
  }

  @Test
  void shouldGoOnAsSoonAsTheLastOneEnds() throws Exception {
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> last = new CompletableFuture<>();
    TimeSource ending =
        new TimeSource() {
          @Override
          public long nanoTime() {
            return time.nanoTime();
          }

          @Override
          public void pause(Object monitor, long nanos) {
            time.advance(1);
            boolean _ = first.isDone() ? last.complete("ended") : first.complete("ended");
          }
        };
    new Farewell(ending).await(List.of(first, last), LIMIT);
    assertEquals(2, time.nanoTime());
  }
}
