package org.godwit.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LineLayoutTest {
  private final Exception fault = new IllegalStateException("outer", new IOException("link lost"));

  @Test
  void shouldWriteOneLineWithTheShortNameOfTheLogger() {
    assertEquals("WARN Job: hello\n", line(false, Level.WARN, "hello", null));
  }

  @Test
  void shouldAddTheInnermostCauseOfAFault() {
    assertEquals("WARN Job: it failed (link lost)\n", line(false, Level.WARN, "it failed", fault));
  }

  @Test
  void shouldNotRepeatACauseThatTheMessageTells() {
    assertEquals(
        "WARN Job: failed: link lost\n", line(false, Level.WARN, "failed: link lost", fault));
  }

  @Test
  void shouldPrintTheStackBelowAnError() {
    String text = line(false, Level.ERROR, "bug", fault);
    assertTrue(text.contains("Caused by: java.io.IOException: link lost"), text);
  }

  @Test
  void shouldPrintEveryStackWhenDebugging() {
    String text = line(true, Level.WARN, "it failed", fault);
    assertTrue(text.contains("\tat org.godwit.logging."), text);
  }

  private static String line(
      boolean stacks, Level level, String message, @Nullable Throwable fault) {
    LoggerContext context = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent(
            "", context.getLogger("org.godwit.coordinator.Job"), level, message, fault, null);
    String text = new LineLayout(stacks).doLayout(event);
    return text.substring(text.indexOf(' ') + 1);
  }
}
