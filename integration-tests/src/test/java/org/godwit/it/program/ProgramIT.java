package org.godwit.it.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands of the program: what they do, what they say, and how they end. */
@Timeout(180)
class ProgramIT {
  private static final int ENDED_BY_SIGTERM = 128 + 15;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"scripted", "kvm"})
  void shouldMoveARunningGuestBetweenTwoContainersAndProveIt(String guest) throws Exception {
    JsonNode report;
    try (Godwit demo =
        Godwit.start(folder, "demo", "--guest", guest, "--memory", "64M", "--json")) {
      assertEquals(0, demo.await(), demo::toString);
      report = new ObjectMapper().readTree(demo.out());
    }
    JsonNode migration = report.path("migration");
    assertEquals("completed", migration.path("status").asText(), report::toString);
    assertTrue(migration.path("ram").path("normal").asLong() > 0, report::toString);
    assertTrue(report.path("proof").asBoolean(), report::toString);
    assertEquals((64 << 20) / 4096, report.path("memory").path("pages").asInt());
    assertEquals(0, report.path("memory").path("wrong-pages").asInt(-1));
    JsonNode output = report.path("output");
    assertEquals(0, output.path("first").asInt(-1));
    assertTrue(output.path("last").asInt() > output.path("at-source").asInt(), report::toString);
  }

  @Test
  void shouldLeaveNoImageWhenTerminatedWhileItWaits() throws Exception {
    Path image = folder.resolve("image");
    try (Godwit receive =
        Godwit.start(folder, "receive", "unix:" + folder.resolve("s"), "--image", image + "")) {
      receive.awaitText("Waiting for a guest");
      receive.terminate();
      assertEquals(ENDED_BY_SIGTERM, receive.await());
    }
    assertFalse(Files.exists(image));
    assertEquals(List.of(), leftovers());
  }

  @Test
  void shouldSayInOneSentenceThatThePortIsInUse() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String uri = "tcp:127.0.0.1:" + taken.getLocalPort();
      assertRefused("in use", "receive", uri, "--image", folder.resolve("image") + "");
    }
  }

  @Test
  void shouldSayInOneSentenceThatAnAddressNeedsTls() throws Exception {
    assertRefused("--insecure", "receive", "tcp:0.0.0.0:0", "--image", folder.resolve("i") + "");
  }

  @Test
  void shouldSayInOneSentenceThatADirectoryIsNoImage() throws Exception {
    assertRefused("no image", "send", folder.toString(), "tcp:127.0.0.1:1");
    assertRefused("no image", "image", folder.toString());
  }

  @Test
  void shouldSayInOneSentenceThatAFileIsNoStream() throws Exception {
    Path file = Files.writeString(folder.resolve("text"), "This is no migration stream.");
    assertRefused("byte offset 0", "inspect", file.toString());
  }

  private void assertRefused(String expected, String... words) throws Exception {
    try (Godwit program = Godwit.start(folder, words)) {
      int status = program.await();
      String said = program.err();
      assertTrue(status != 0, said);
      assertTrue(said.contains(expected), said);
      assertFalse(said.contains("\tat "), "no stack trace: " + said);
    }
  }

  private List<String> leftovers() throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.endsWith(".txt"))
          .toList();
    }
  }
}
