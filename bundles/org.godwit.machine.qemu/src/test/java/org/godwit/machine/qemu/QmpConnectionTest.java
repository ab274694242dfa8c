package org.godwit.machine.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class QmpConnectionTest {
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final ScriptedMonitor monitor = new ScriptedMonitor();

  QmpConnectionTest() throws IOException {}

  @AfterEach
  void endMonitor() throws IOException {
    monitor.close();
  }

  @Test
  void shouldKnowVersionFromGreeting() throws Exception {
    try (QmpConnection client = monitor.connect(LONG)) {
      assertEquals(new QemuVersion(10, 0, 2, "test"), client.version());
      assertTrue(client.version().atLeast(10, 0));
      assertFalse(client.version().atLeast(10, 1));
    }
  }

  @Test
  void shouldGiveAnswersToTheirCommandsWhenTheyComeInOtherOrder() throws Exception {
    try (QmpConnection client = monitor.connect(LONG)) {
      CompletableFuture<JsonNode> first = later(client, "first");
      JsonNode firstCommand = monitor.hear();
      CompletableFuture<JsonNode> second = later(client, "second");
      JsonNode secondCommand = monitor.hear();
      monitor.answer(secondCommand, "{\"n\": 2}");
      monitor.answer(firstCommand, "{\"n\": 1}");
      assertEquals(1, first.join().path("n").asInt());
      assertEquals(2, second.join().path("n").asInt());
    }
  }

  @Test
  void shouldSendArgumentsAndBindResults() throws Exception {
    record Status(String status, boolean running) {}
    try (QmpConnection client = monitor.connect(LONG)) {
      CompletableFuture<Status> answer =
          CompletableFuture.supplyAsync(
              () ->
                  unchecked(
                      () ->
                          client.execute(
                              "query-status", Map.of("depth", 3), new TypeReference<Status>() {})));
      JsonNode command = monitor.hear();
      assertEquals(3, command.path("arguments").path("depth").asInt());
      monitor.answer(command, "{\"status\": \"paused\", \"running\": false, \"new-field\": 1}");
      assertEquals(new Status("paused", false), answer.join());
    }
  }

  @Test
  void shouldTellClassAndDescriptionWhenQemuRefuses() throws Exception {
    try (QmpConnection client = monitor.connect(LONG)) {
      CompletableFuture<JsonNode> answer = later(client, "migrate");
      monitor.refuse(monitor.hear(), "GenericError", "no such thing");
      QmpErrorException error = (QmpErrorException) failure(answer);
      assertEquals("migrate", error.command());
      assertEquals("GenericError", error.errorClass());
      assertEquals("no such thing", error.description());
      CompletableFuture<JsonNode> next = later(client, "query-status");
      monitor.answer(monitor.hear(), "{}");
      assertTrue(next.join().isEmpty());
    }
  }

  @Test
  void shouldGoOnWhenAnAnswerComesTooLate() throws Exception {
    try (QmpConnection client = monitor.connect(LONG)) {
      assertThrows(QmpTimeoutException.class, () -> client.execute("slow", Map.of(), SHORT));
      JsonNode slow = monitor.hear();
      monitor.answer(slow, "{\"late\": true}");
      CompletableFuture<JsonNode> next = later(client, "fast");
      monitor.answer(monitor.hear(), "{\"late\": false}");
      assertFalse(next.join().path("late").asBoolean(true));
    }
  }

  @Test
  void shouldFailWaitingCommandsWhenQemuEnds() throws Exception {
    try (QmpConnection client = monitor.connect(LONG)) {
      CompletableFuture<JsonNode> answer = later(client, "quit");
      monitor.hear();
      monitor.close();
      assertTrue(failure(answer) instanceof QmpClosedException);
      assertFalse(client.isOpen());
      assertThrows(QmpClosedException.class, () -> client.execute("query-status"));
    }
  }

  @Test
  void shouldFailWaitingCommandsWhenClosedHere() throws Exception {
    QmpConnection client = monitor.connect(LONG);
    CompletableFuture<JsonNode> answer = later(client, "query-status");
    monitor.hear();
    client.close();
    assertTrue(failure(answer) instanceof QmpClosedException);
  }

  @Test
  void shouldDeliverEventsInOrderAndLetListenersExecuteCommands() throws Exception {
    LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();
    try (QmpConnection client = monitor.connect(LONG)) {
      var registration =
          client.listen(
              event -> {
                JsonNode answer = unchecked(() -> client.execute("query-status"));
                seen.add(event.name() + " " + event.time() + " " + answer.path("n").asInt());
              });
      monitor.say(
          "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 5, \"microseconds\": 250000}}");
      monitor.answer(monitor.hear(), "{\"n\": 1}");
      monitor.say("{\"event\": \"RESUME\", \"timestamp\": {\"seconds\": 6, \"microseconds\": 0}}");
      monitor.answer(monitor.hear(), "{\"n\": 2}");
      assertEquals("STOP " + Instant.ofEpochSecond(5, 250_000_000) + " 1", seen.take());
      assertEquals("RESUME " + Instant.ofEpochSecond(6) + " 2", seen.take());
      registration.close();
    }
  }

  @Test
  void shouldTellListenersWhenTheConnectionEnds() throws Exception {
    CompletableFuture<String> closed = new CompletableFuture<>();
    QmpListener listener =
        new QmpListener() {
          @Override
          public void event(QmpEvent event) {}

          @Override
          public void closed() {
            closed.complete("closed");
          }
        };
    try (QmpConnection client = monitor.connect(LONG)) {
      var _ = client.listen(listener);
      monitor.close();
      assertEquals("closed", closed.join());
    }
  }

  @Test
  void shouldRefuseAPeerThatGreetsNot() {
    assertThrows(QmpTimeoutException.class, () -> monitor.connectToSilence(SHORT));
  }

  @Test
  void shouldRefuseAPeerThatIsNoMonitor() throws Exception {
    monitor.say("HTTP/1.1 400 Bad Request");
    assertThrows(QmpClosedException.class, () -> monitor.connectToSilence(LONG));
  }

  private static CompletableFuture<JsonNode> later(QmpConnection client, String command) {
    return CompletableFuture.supplyAsync(() -> unchecked(() -> client.execute(command)));
  }

  private static Throwable failure(CompletableFuture<?> future) {
    CompletionException thrown = assertThrows(CompletionException.class, future::join);
    return thrown.getCause().getCause();
  }

  private interface Call<T> {
    T get() throws IOException;
  }

  private static <T> T unchecked(Call<T> call) {
    try {
      return call.get();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
