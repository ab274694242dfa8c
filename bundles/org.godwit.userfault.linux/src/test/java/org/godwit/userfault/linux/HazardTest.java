package org.godwit.userfault.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.godwit.api.machine.Support;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rule 4 of the design, tried under every collector of this JDK: while threads wait for pages,
 * collections and handshakes go on. Each try is a process of its own, because one that breaks the
 * rule can only be killed.
 */
class HazardTest {
  private static final int SHORT = 60;
  private static final int LONG = 4000;
  private static final List<String> COLLECTORS =
      List.of("Serial", "Parallel", "G1", "Z", "Shenandoah");

  @TempDir Path directory;

  @BeforeAll
  static void requireSupport() {
    if (new LinuxUserfault().probe() instanceof Support.Unavailable(String reason)) {
      assertEquals(null, System.getenv("CI"), reason);
      Assumptions.abort(reason);
    }
  }

  /** Those that this JDK was built with. */
  static Stream<String> collectors() {
    return COLLECTORS.stream().filter(HazardTest::starts);
  }

  private static boolean starts(String collector) {
    try {
      Process process =
          new ProcessBuilder(java(), flag(collector), "-version")
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("collectors")
  void shouldCollectWhileAGuestWaits(String collector) throws Exception {
    assertSurvives(collector, "guest", SHORT, 120);
  }

  @ParameterizedTest
  @MethodSource("collectors")
  void shouldCollectWhileJavaCodeWaitsAtABlock(String collector) throws Exception {
    assertSurvives(collector, "block", SHORT, 120);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("collectors")
  void shouldCollectThousandsOfTimesWhileAGuestWaits(String collector) throws Exception {
    assertSurvives(collector, "guest", LONG, 900);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("collectors")
  void shouldCollectThousandsOfTimesWhileJavaCodeWaits(String collector) throws Exception {
    assertSurvives(collector, "block", LONG, 900);
  }

  /** The counter-proof: without the rule the process stands still, so the tests above can fail. */
  @Tag("full")
  @Test
  void shouldNoticeAProcessThatBreaksTheRule() throws Exception {
    Process child = start("G1", "careless", 4, Redirect.PIPE);
    try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
      String line = lines.readLine();
      while (!HazardChild.BEFORE.equals(line)) {
        assertTrue(line != null, "it ended early");
        line = lines.readLine();
      }
      assertFalse(
          child.waitFor(10, TimeUnit.SECONDS), "Java code may touch absent pages after all");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private void assertSurvives(String collector, String what, int faults, long patienceSeconds)
      throws Exception {
    Path output = directory.resolve(collector + "-" + what);
    Process child = start(collector, what, faults, Redirect.to(output.toFile()));
    try {
      boolean ended = child.waitFor(patienceSeconds, TimeUnit.SECONDS);
      assertTrue(ended, "hangs under " + collector + ": " + Files.readString(output));
      String text = Files.readString(output);
      assertEquals(0, child.exitValue(), text);
      assertTrue(text.contains(HazardChild.DONE), text);
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private static Process start(String collector, String what, int faults, Redirect output)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.add(flag(collector));
    command.addAll(List.of("-Xmx64m", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(HazardChild.class.getName(), what, Integer.toString(faults)));
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static String flag(String collector) {
    return "-XX:+Use" + collector + "GC";
  }
}
