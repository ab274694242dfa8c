package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the program ends on SIGTERM, which is also how it ends on ctrl-C. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SignalIT {
  private static final int ENDED_BY_SIGTERM = 128 + 15;

  @TempDir Path folder;

  @Test
  void shouldLetAnInterruptedCommandTidyUpBeforeItsBundlesGo() throws Exception {
    Process program = new Program(folder).with(Tidying.class).prepare("linger").start();
    try (BufferedReader out = program.inputReader()) {
      assertEquals("ready", out.readLine());
      program.toHandle().destroy(); // a Process would close its output first
      assertEquals("tidied", out.readLine());
      assertEquals(ENDED_BY_SIGTERM, Program.await(program));
    }
  }

  @Test
  void shouldEndADemoWithBothItsContainers() throws Exception {
    Process demo = prepareSlowDemo().redirectErrorStream(true).start();
    try (BufferedReader out = demo.inputReader()) {
      String line = out.readLine();
      while (line != null && !line.contains("moving it to")) {
        line = out.readLine();
      }
      List<ProcessHandle> containers = demo.descendants().toList();
      assertEquals(2, containers.size());
      demo.destroy();
      assertEquals(ENDED_BY_SIGTERM, Program.await(demo));
      for (ProcessHandle container : containers) {
        assertEquals(container, container.onExit().get());
      }
    }
    try (var left = Files.list(folder)) {
      assertEquals(
          List.of(),
          left.map(file -> file.getFileName().toString())
              .filter(name -> name.startsWith("godwit-"))
              .toList());
    }
  }

  /** The rate limit keeps it going for as long as a test may take. */
  private ProcessBuilder prepareSlowDemo() {
    return new Program(folder)
        .prepare(
            "demo", "--guest", "scripted", "--memory", "64M", "--parameter", "max-bandwidth=1000");
  }
}
