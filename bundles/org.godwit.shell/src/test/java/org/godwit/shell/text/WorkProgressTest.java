package org.godwit.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WorkProgressTest {
  private static final long MIB = 1 << 20;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long now;

  @Test
  void shouldPrintPlainLinesOfTheMostThatIsDone() {
    try (WorkProgress progress = begin(false)) {
      at(progress, 1000, 10 * MIB);
      at(progress, 2000, 50 * MIB);
      at(progress, 5000, 40 * MIB); // a slower thread
    }
    assertEquals(
        """
        2.00 s  verify 50%  50.0 MiB of 100 MiB, 25.0 MiB/s
        5.00 s  verify 50%  50.0 MiB of 100 MiB, 10.0 MiB/s
        """,
        text());
  }

  @Test
  void shouldDrawABarAndTakeItAway() {
    try (WorkProgress progress = begin(true)) {
      at(progress, 2000, 50 * MIB);
      at(progress, 2050, 60 * MIB); // too soon to draw again
    }
    assertEquals(
        "\r\u001b[Kverify    [###...]  50% 50.0 MiB of 100 MiB, 25.0 MiB/s\r\u001b[K", text());
  }

  @Test
  void shouldShowNothingAfterItsEnd() {
    WorkProgress progress = begin(true);
    progress.close();
    at(progress, 9000, 90 * MIB);
    assertEquals("", text());
  }

  private WorkProgress begin(boolean terminal) {
    ProgressPrinter printer = new ProgressPrinter(out, terminal, 80, ProgressPrinter.PATIENCE);
    return new WorkProgress("verify", printer, () -> now);
  }

  private void at(WorkProgress progress, long millis, long done) {
    now = millis * 1_000_000;
    progress.advanced(done, 100 * MIB);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
