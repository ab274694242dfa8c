package org.godwit.it.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.godwit.it.program.Godwit;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.LinuxException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code godwit serve-memory} with processes that do what Firecracker does. */
@Timeout(180)
class ServeMemoryIT {
  private static final int LENGTH = 8 << 20;

  @TempDir Path folder;

  private Path socket;

  @BeforeEach
  void requireUserfaultfd() {
    socket = folder.resolve("guest.sock");
    try (FaultDescriptor uffd = FaultDescriptor.openWithRemovals()) {
      assertTrue(uffd.number() > 0);
    } catch (LinuxException e) {
      assertEquals(null, System.getenv("CI"), e.getMessage());
      Assumptions.abort(e.getMessage());
    }
  }

  private Path rawMemory() throws IOException {
    byte[] content = new byte[LENGTH];
    new Random(7).nextBytes(content);
    return Files.write(folder.resolve("memory.bin"), content);
  }

  private Godwit serve(Path source, String... more) throws Exception {
    String[] words = new String[3 + more.length];
    words[0] = "serve-memory";
    words[1] = source.toString();
    words[2] = "unix:" + socket;
    System.arraycopy(more, 0, words, 3, more.length);
    Godwit program = Godwit.start(folder, words);
    program.awaitText("Serving ");
    return program;
  }

  @Test
  void shouldServeTwoProcessesFromOneFileAndTellOfThem() throws Exception {
    Path memory = rawMemory();
    try (Godwit program = serve(memory, "--processes", "2", "--json");
        MonitorProcess first = MonitorProcess.start(socket, memory);
        MonitorProcess second = MonitorProcess.start(socket, memory)) {
      first.expect("equal", "compare 0");
      second.expect("equal", "compare 5");
      second.expect("zero", "balloon 100 200");
      first.end();
      second.end();
      assertEquals(0, program.await(), program::toString);
      JsonNode answer = new ObjectMapper().readTree(program.out());
      assertEquals(2, answer.path("processes").size(), answer::toString);
      JsonNode one = process(answer, first.pid());
      assertEquals(LENGTH, one.path("bytes").asLong());
      assertEquals(LENGTH / 4096, one.path("pages").asLong());
      assertEquals(LENGTH / (64 << 10), one.path("faults").asLong(), "each brings 64 KiB");
      JsonNode two = process(answer, second.pid());
      assertEquals(100 * 4096, two.path("removed-bytes").asLong());
      assertEquals(100, two.path("zero-pages").asLong());
    }
    assertFalse(Files.exists(socket));
  }

  private static JsonNode process(JsonNode answer, long pid) {
    for (JsonNode entry : answer.path("processes")) {
      if (entry.path("process").asLong() == pid) {
        return entry;
      }
    }
    throw new AssertionError("no process " + pid + " in " + answer);
  }

  @Test
  void shouldFillAProcessFromAnImageThatTouchesNothing() throws Exception {
    Path image = image();
    Path memory = image.resolve("ram-0.bin");
    try (Godwit program = serve(image, "--processes", "1", "--fill", "1G");
        MonitorProcess monitor = MonitorProcess.start(socket, memory)) {
      assertEquals(0, program.await(), program::toString);
      assertTrue(program.err().contains("has all its memory"), program.err());
      monitor.expect("equal", "compare 3");
    }
  }

  /** A guest of our own, moved into an image by the program. */
  private Path image() throws Exception {
    Path image = folder.resolve("image");
    String uri = "unix:" + folder.resolve("move.sock");
    try (Godwit receive = Godwit.start(folder, "receive", uri, "--image", image.toString())) {
      receive.awaitText("Waiting for a guest");
      String commands =
          "machine-create scripted vm --memory 16M -o working-set=8M -o mode=idle;"
              + "machine-start vm; migrate vm "
              + uri;
      try (Godwit send = Godwit.start(folder, "-c", commands)) {
        assertEquals(0, send.await(), send.err());
      }
      assertEquals(0, receive.await(), receive.err());
    }
    return image;
  }

  @Test
  void shouldLeaveAProcessWithAllItsPagesWhenTerminated() throws Exception {
    Path memory = rawMemory();
    try (Godwit program = serve(memory);
        MonitorProcess monitor = MonitorProcess.start(socket, memory)) {
      program.awaitText("came: 8.00 MiB");
      program.terminate();
      program.await();
      monitor.expect("equal", "compare 9");
      assertTrue(program.out().contains("complete"), program.out());
    }
  }

  @Test
  void shouldSayInOneSentenceWhatCannotBeServed() throws Exception {
    Path memory = rawMemory();
    String uri = "unix:" + socket;
    assertRefused("neither an image nor a file", folder.resolve("nothing") + "", uri);
    assertRefused("no image", folder.toString(), uri);
    assertRefused("no address of a UNIX socket", memory.toString(), "tcp:127.0.0.1:1");
    assertRefused("--read-ahead", memory.toString(), uri, "--read-ahead", "lots");
    assertRefused("read-ahead of 1073741824 bytes", memory + "", uri, "--read-ahead", "1G");
    assertRefused("--block", memory.toString(), uri, "--block", "pc.ram");
    Files.writeString(socket, "no socket");
    assertRefused("in use", memory.toString(), uri);
  }

  private void assertRefused(String expected, String... words) throws Exception {
    String[] all = new String[words.length + 1];
    all[0] = "serve-memory";
    System.arraycopy(words, 0, all, 1, words.length);
    try (Godwit program = Godwit.start(folder, all)) {
      assertTrue(program.await() != 0, program.err());
      assertTrue(program.err().contains(expected), program.err());
      assertFalse(program.err().contains("\tat "), program.err());
    }
  }
}
