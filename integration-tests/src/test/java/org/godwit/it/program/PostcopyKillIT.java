package org.godwit.it.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.godwit.tck.RequiredSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes, one of which is killed while a guest is at one of them and its memory at both. */
@Timeout(180)
class PostcopyKillIT {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

  @TempDir Path folder;

  /** Unlike a scripted guest, one under KVM can be interrupted while it waits for a page. */
  @BeforeAll
  static void requireKvm() {
    RequiredSupport.require(Files.isWritable(Path.of("/dev/kvm")), "no /dev/kvm for this user");
  }

  private NodeShell node(String name) throws Exception {
    NodeShell shell = NodeShell.start(Files.createDirectories(folder.resolve(name)));
    String _ = shell.run("migrate-set-capability postcopy-ram on");
    return shell;
  }

  /** The guest runs at the destination, most of its memory is at the source. */
  private void split(NodeShell source, NodeShell destination) throws Exception {
    String uri = "unix:" + folder.resolve("in");
    String _ = source.run("machine-create kvm guest --memory 64M");
    String _ = source.run("machine-start guest");
    String _ = source.run("migrate-set-parameters max-bandwidth=1M max-postcopy-bandwidth=1M");
    String _ = destination.run("machine-prepare kvm guest --memory 64M");
    String _ = destination.run("migrate-incoming guest " + uri);
    String _ = source.run("migrate -d guest " + uri);
    String _ = source.run("migrate-start-postcopy guest");
    awaitStatus(source, "postcopy-active");
    awaitStatus(destination, "postcopy-active");
    // the package was loaded, and the guest has been started
    awaitLocation(source);
    awaitLocation(destination);
  }

  /** Asking is the pause between looks. */
  private static JsonNode awaitStatus(NodeShell node, String wanted) throws Exception {
    long deadline = System.nanoTime() + LIMIT;
    JsonNode now = node.query("query-migrate");
    while (!now.path("status").asText().equals(wanted)) {
      assertTrue(System.nanoTime() < deadline, now::toString);
      now = node.query("query-migrate");
    }
    return now;
  }

  private static void awaitLocation(NodeShell node) throws Exception {
    long deadline = System.nanoTime() + LIMIT;
    JsonNode now = node.query("query-migrate");
    while (!now.path("x-godwit-guest").asText().equals("destination")) {
      assertTrue(System.nanoTime() < deadline, now::toString);
      now = node.query("query-migrate");
    }
  }

  private static void assertLost(NodeShell survivor) throws Exception {
    JsonNode paused = awaitStatus(survivor, "postcopy-paused");
    assertEquals("destination", paused.path("x-godwit-guest").asText(), paused::toString);
    String _ = survivor.run("migrate-cancel guest");
    JsonNode end = awaitStatus(survivor, "failed");
    assertEquals("lost", end.path("x-godwit-guest").asText(), end::toString);
    assertTrue(!end.path("error-desc").asText().isEmpty(), end::toString);
  }

  @Test
  void shouldTellWhereTheGuestIsWhenTheSourceIsKilled() throws Exception {
    try (NodeShell destination = node("destination")) {
      try (NodeShell source = node("source")) {
        split(source, destination);
      }
      assertLost(destination);
    }
  }

  @Test
  void shouldTellThatTheGuestIsLostWhenTheDestinationIsKilled() throws Exception {
    try (NodeShell source = node("source")) {
      try (NodeShell destination = node("destination")) {
        split(source, destination);
      }
      assertLost(source);
    }
  }
}
