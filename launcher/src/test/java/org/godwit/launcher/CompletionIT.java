package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tab key in the shell of a node, on a terminal that util-linux's {@code script} makes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompletionIT {
  private static final String TAB = "\t";
  private static final String ANOTHER_LINE = "\u0015"; // ctrl-U

  @TempDir Path folder;
  private Process terminal;
  private final StringBuilder seen = new StringBuilder();

  @BeforeEach
  void startShell() throws IOException {
    Path load = Files.createDirectory(folder.resolve("load"));
    String node =
        new Program(folder)
            .prepare("node", "--load", load.toString()).command().stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
    ProcessBuilder builder =
        new ProcessBuilder("script", "-qec", "stty cols 100 rows 30; exec " + node, "/dev/null");
    builder.environment().put("TERM", "xterm");
    terminal = builder.redirectErrorStream(true).start();
    awaitText("godwit> ");
  }

  @AfterEach
  void endShell() throws IOException, InterruptedException {
    type(ANOTHER_LINE + "exit\r");
    if (!terminal.waitFor(20, TimeUnit.SECONDS)) {
      terminal.descendants().forEach(ProcessHandle::destroyForcibly);
      terminal.destroyForcibly();
    }
  }

  @Test
  void shouldCompleteNamesOfOptions() throws IOException {
    type("migrate-incoming --wa" + TAB);
    awaitText("--wait ");
    type(ANOTHER_LINE + "inspect --mul" + TAB);
    awaitText("--multifd ");
    type(ANOTHER_LINE + "migrate --" + TAB);
    awaitText("capability");
    awaitText("detach");
  }

  @Test
  void shouldCompleteKindsOfMachines() throws IOException {
    type("machine-create scr" + TAB);
    awaitText("scripted ");
  }

  private void type(String keys) throws IOException {
    OutputStream keyboard = terminal.getOutputStream();
    keyboard.write(keys.getBytes(StandardCharsets.US_ASCII));
    keyboard.flush();
  }

  /** Reads on until the text has come since the last call. */
  private void awaitText(String text) throws IOException {
    InputStream screen = terminal.getInputStream();
    byte[] buffer = new byte[4096];
    while (seen.indexOf(text) < 0) {
      int count = screen.read(buffer);
      assertTrue(count >= 0, "the shell has ended without " + text + ": " + seen);
      seen.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
    }
    seen.delete(0, seen.indexOf(text) + text.length());
  }
}
