package org.godwit.machine.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class QemuMigrationTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  private final ScriptedMonitor monitor = new ScriptedMonitor();

  QemuMigrationTest() throws IOException {}

  @AfterEach
  void endMonitor() throws IOException {
    monitor.close();
  }

  @Test
  void shouldFollowStatusesToTheEnd() throws Exception {
    try (QmpConnection qmp = monitor.connect(LONG);
        QemuMigration migration = followPlayed(qmp, () -> playMigration("completed", ""))) {
      migration.migrate("tcp:127.0.0.1:4444");
      QemuMigrationInfo end = migration.awaitEnd(LONG);
      assertEquals(List.of("setup", "active", "completed"), migration.statuses());
      assertTrue(end.isFinal());
      assertEquals(Duration.ofMillis(120), end.totalTime());
      assertEquals(17043456, end.total());
    }
  }

  @Test
  void shouldTellWhyAMigrationFailed() throws Exception {
    try (QmpConnection qmp = monitor.connect(LONG);
        QemuMigration migration = followPlayed(qmp, () -> playMigration("failed", "it broke"))) {
      migration.migrate("tcp:127.0.0.1:4444");
      assertEquals(Optional.of("it broke"), migration.awaitEnd(LONG).error());
    }
  }

  @Test
  void shouldStopWaitingWhenQemuEnds() throws Exception {
    CompletableFuture<QmpConnection> connection = connectLater();
    monitor.say(ScriptedMonitor.GREETING);
    monitor.answer(monitor.hear(), "{}");
    QmpConnection qmp = connection.join();
    CompletableFuture<QemuMigration> follower = CompletableFuture.supplyAsync(() -> follow(qmp));
    monitor.answer(monitor.hear(), "{}");
    QemuMigration migration = follower.join();
    monitor.close();
    assertThrows(QmpClosedException.class, () -> migration.awaitEnd(LONG));
  }

  @Test
  void shouldTellWhatItSawWhenTheTimeIsOver() throws Exception {
    try (QmpConnection qmp = monitor.connect(LONG);
        QemuMigration migration = followPlayed(qmp, () -> playStart())) {
      migration.migrate("tcp:127.0.0.1:4444");
      migration.await("active", LONG);
      var late =
          assertThrows(QmpTimeoutException.class, () -> migration.awaitEnd(Duration.ofMillis(10)));
      assertTrue(late.getMessage().contains("[setup, active]"), late.getMessage());
    }
  }

  private static QemuMigration followPlayed(QmpConnection qmp, Runnable play) {
    Thread.ofPlatform().start(play);
    return follow(qmp);
  }

  private CompletableFuture<QmpConnection> connectLater() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return monitor.connectToSilence(LONG);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static QemuMigration follow(QmpConnection qmp) {
    try {
      return QemuMigration.of(qmp);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void playStart() {
    try {
      JsonNode capabilities = hear("migrate-set-capabilities");
      monitor.answer(capabilities, "{}");
      monitor.answer(hear("migrate"), "{}");
      status("setup");
      status("active");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void playMigration(String end, String error) {
    playStart();
    try {
      status(end);
      monitor.answer(
          hear("query-migrate"),
          "{\"status\": \""
              + end
              + "\", \"total-time\": 120, \"ram\": {\"total\": 17043456}"
              + (error.isEmpty() ? "" : ", \"error-desc\": \"" + error + "\"")
              + "}");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private JsonNode hear(String command) throws IOException {
    JsonNode heard = monitor.hear();
    assertEquals(command, heard.path("execute").asText());
    return heard;
  }

  private void status(String status) throws IOException {
    monitor.say(
        "{\"event\": \"MIGRATION\", \"data\": {\"status\": \""
            + status
            + "\"}, \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}");
  }
}
