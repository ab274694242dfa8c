package org.godwit.it.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A {@link SmallMonitor} in a process of its own, killed when closed. */
final class MonitorProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;

  private MonitorProcess(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Returns when it has handed its faults over. */
  static MonitorProcess start(Path socket, Path memory) throws IOException {
    MonitorProcess monitor =
        new MonitorProcess(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    SmallMonitor.class.getName(),
                    socket.toString(),
                    memory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    String first = monitor.answers.readLine();
    assertTrue(String.valueOf(first).startsWith("handed over"), first);
    return monitor;
  }

  long pid() {
    return process.pid();
  }

  /** Gives a command and waits for its answer. */
  void expect(String answer, String command) throws IOException {
    PrintStream out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    out.println(command);
    assertEquals(answer, answers.readLine(), command);
  }

  void end() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
