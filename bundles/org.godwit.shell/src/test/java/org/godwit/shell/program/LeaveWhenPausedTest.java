package org.godwit.shell.program;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationStatus;
import org.junit.jupiter.api.Test;

class LeaveWhenPausedTest {
  private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();

  private final Migration migration =
      (Migration)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Migration.class},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "status" -> MigrationStatus.POSTCOPY_PAUSED;
                    case "listen" -> (Migration.Registration) () -> {};
                    case "cancel" -> said("cancel");
                    case "resume" -> said("resume " + arguments[0]);
                    default -> throw new AssertionError(method);
                  });

  private Object said(String call) {
    calls.add(call);
    return null;
  }

  private static Machine machine(boolean noted) {
    return (Machine)
        Proxy.newProxyInstance(
            LeaveWhenPausedTest.class.getClassLoader(),
            new Class<?>[] {Machine.class, Departures.class},
            (self, method, arguments) -> {
              assertEquals("noted", method.getName());
              return noted;
            });
  }

  private String firstCall(boolean noted) throws InterruptedException {
    LeaveWhenPaused.from(
        migration, machine(noted), "tcp:here:1", new PrintStream(text, true, UTF_8));
    return String.valueOf(calls.poll(20, TimeUnit.SECONDS));
  }

  @Test
  void shouldEndWhereAnotherProcessCanGoOn() throws Exception {
    assertEquals("cancel", firstCall(true));
    assertEquals("", text.toString(UTF_8));
  }

  /** Its guest would stop at the first missing page, although all of its memory is here. */
  @Test
  void shouldTryAgainWhereNobodyElseCan() throws Exception {
    assertEquals("resume tcp:here:1", firstCall(false));
    assertTrue(text.toString(UTF_8).contains("No other process"), () -> text.toString(UTF_8));
  }
}
