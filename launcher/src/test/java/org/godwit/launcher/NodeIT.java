package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starts a node without a shell, plugs a bundle in and out, and ends the node with a signal. */
class NodeIT {
  private static final int ENDED_BY_SIGTERM = 128 + 15;

  @TempDir Path folder;
  private Path load;
  private Path marks;
  private WatchService watch;
  private Process node;

  @BeforeEach
  void startNode() throws IOException {
    load = Files.createDirectory(folder.resolve("load"));
    marks = Files.createDirectory(folder.resolve("marks"));
    watch = marks.getFileSystem().newWatchService();
    marks.register(
        watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    ProcessBuilder builder =
        new Program(temporary).prepare("node", "--no-shell", "--load", load.toString());
    builder.environment().put(HotPlugged.MARK, marks.resolve("active").toString());
    node = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  @AfterEach
  void endNode() throws IOException {
    node.destroyForcibly();
    watch.close();
  }

  @Test
  void shouldPlugBundlesInAndOutWhileTheNodeRuns() throws Exception {
    Path plugged = load.resolve("plugged.jar");
    Path prepared = folder.resolve("prepared");
    TestBundle.write(prepared, HotPlugged.class);
    Files.move(prepared, plugged, StandardCopyOption.ATOMIC_MOVE);
    assertEquals(StandardWatchEventKinds.ENTRY_CREATE, nextEvent());
    Files.delete(plugged);
    assertEquals(StandardWatchEventKinds.ENTRY_DELETE, nextEvent());
  }

  @Test
  @Timeout(60)
  void shouldSayWhenItIsReadyAndWhichFolderItWatches() throws IOException {
    String line = node.inputReader().readLine();
    assertEquals("The node is ready; bundles dropped into " + load + " are started", line);
  }

  @Test
  void shouldStopItsBundlesAndLeaveNothingWhenTerminated() throws Exception {
    TestBundle.write(load.resolve("plugged.jar"), HotPlugged.class);
    assertEquals(StandardWatchEventKinds.ENTRY_CREATE, nextEvent());
    node.destroy();
    assertEquals(ENDED_BY_SIGTERM, Program.await(node));
    assertEquals(StandardWatchEventKinds.ENTRY_DELETE, nextEvent());
    try (var left = Files.list(folder.resolve("tmp"))) {
      assertEquals(
          List.of(),
          left.filter(file -> file.getFileName().toString().startsWith("godwit-")).toList());
    }
  }

  private Object nextEvent() throws InterruptedException {
    WatchKey key = watch.poll(60, TimeUnit.SECONDS);
    assertNotNull(key, "nothing happened in the marks' folder");
    Object kind = key.pollEvents().getFirst().kind();
    key.reset();
    return kind;
  }
}
