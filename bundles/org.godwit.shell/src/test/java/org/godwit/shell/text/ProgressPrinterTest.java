package org.godwit.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressPrinterTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void shouldStaySilentOnShortWork() {
    ProgressPrinter printer = new ProgressPrinter(out, true, 80, ProgressPrinter.PATIENCE);
    printer.show(at(1999));
    printer.clear();
    assertEquals("", text());
  }

  @Test
  void shouldRedrawOneLineOnTerminalAndTakeItAway() {
    ProgressPrinter printer = new ProgressPrinter(out, true, 60, ProgressPrinter.PATIENCE);
    printer.show(at(2000));
    printer.clear();
    assertEquals("\r\u001b[Kactive    [###...]  50% details\r\u001b[K", text());
  }

  @Test
  void shouldPrintPlainLinesAtIntervalsElsewhere() {
    ProgressPrinter printer = new ProgressPrinter(out, false, 80, ProgressPrinter.PATIENCE);
    for (int millis = 0; millis <= 5000; millis += 500) {
      printer.show(at(millis));
    }
    assertEquals(
        "2.00 s  active 50%  details\n5.00 s  active 50%  details\n",
        text().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void shouldNeverBeWiderThanTheTerminal() {
    Progress progress = at(0);
    assertEquals(20, progress.line(20).length());
  }

  private static Progress at(long millis) {
    return new Progress("active", 0.5, "details", Duration.ofMillis(millis));
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
