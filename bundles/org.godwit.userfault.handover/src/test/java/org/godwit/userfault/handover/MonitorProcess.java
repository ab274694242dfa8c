package org.godwit.userfault.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A {@link Monitor} in a process of its own, killed when closed. */
final class MonitorProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;

  private MonitorProcess(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Returns when it has handed its faults over. */
  static MonitorProcess start(Path socket) throws IOException {
    MonitorProcess monitor =
        new MonitorProcess(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Monitor.class.getName(),
                    socket.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    assertEquals("handed over", monitor.answers.readLine());
    return monitor;
  }

  long pid() {
    return process.pid();
  }

  void send(String command) {
    PrintStream out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    out.println(command);
  }

  void expectOk(String command) throws IOException {
    send(command);
    assertEquals(command + " ok", answers.readLine());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  boolean hasAnswered() throws IOException {
    return answers.ready();
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
