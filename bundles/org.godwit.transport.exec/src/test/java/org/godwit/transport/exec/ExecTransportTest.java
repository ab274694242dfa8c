package org.godwit.transport.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.tck.OneWayTransportContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecTransportTest extends OneWayTransportContract {
  @TempDir Path directory;

  private final AtomicInteger names = new AtomicInteger();

  @Override
  protected Transport transport() {
    return new ExecTransport();
  }

  @Override
  protected void stop(Transport transport) {
    ((ExecTransport) transport).stop();
  }

  /** Two commands with a named pipe between them. */
  @Override
  protected Route route() throws Exception {
    Path pipe = directory.resolve("pipe" + names.incrementAndGet());
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    return new Route(
        new Endpoint("exec", "cat > " + pipe), new Endpoint("exec", "cat " + pipe), true);
  }

  @Override
  protected List<Endpoint> malformed() {
    return List.of(new Endpoint("exec", ""), new Endpoint("exec", "  "));
  }

  private static Channel source(String command) throws TransportException {
    return new ExecTransport().connect(new Endpoint("exec", command), TransportOptions.DEFAULT);
  }

  private static GatherList text(Arena arena, String text) {
    MemorySegment bytes = arena.allocateFrom(text);
    GatherList list = new GatherList(1, arena);
    list.add(bytes, 0, bytes.byteSize() - 1);
    return list;
  }

  @Test
  void shouldTellThatTheCommandFailedAfterItTookEverything() throws Exception {
    try (Arena arena = Arena.ofConfined();
        Channel source = source("cat >/dev/null; echo no space for it >&2; exit 3")) {
      source.write(text(arena, "guest"));
      TransportException failed = assertThrows(TransportException.class, source::endOutput);
      assertEquals(Reason.PEER_GONE, failed.reason());
      assertTrue(failed.toString().contains("status 3: no space for it"), failed::toString);
    }
  }

  /** What is not kept is read all the same: the command is neither stopped nor remembered. */
  @Test
  void shouldKeepOnlyTheLastOfManyComplaints() throws Exception {
    String talk =
        "cat >/dev/null; yes complaint | head -c 20000000 >&2; echo the last word >&2; exit 3";
    try (Arena arena = Arena.ofConfined();
        Channel source = source(talk)) {
      source.write(text(arena, "guest"));
      TransportException failed = assertThrows(TransportException.class, source::endOutput);
      String said = failed.getMessage();
      said = said.substring(said.indexOf("status 3: ") + 10);
      assertTrue(said.contains("complaint; complaint; "), said);
      assertTrue(said.endsWith("; the last word"), said);
      assertTrue(said.length() <= 550, said.length() + " characters");
      assertEquals(List.of(), memoryFiles());
    }
  }

  @Test
  void shouldNotWaitForWhatACommandLeftBehind() throws Exception {
    Path pipe = directory.resolve("stop");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    try (Arena arena = Arena.ofConfined();
        Channel source = source("cat <" + pipe + " & cat >/dev/null; echo gone >&2; exit 4")) {
      source.write(text(arena, "guest"));
      TransportException failed = assertThrows(TransportException.class, source::endOutput);
      assertTrue(failed.getMessage().endsWith("status 4: gone"), failed::toString);
    } finally {
      Files.writeString(pipe, "");
    }
  }

  /** Files of memory that this process has open. */
  private static List<String> memoryFiles() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      for (Path each : open.toList()) {
        String what = Files.isSymbolicLink(each) ? Files.readSymbolicLink(each).toString() : "";
        if (what.contains("godwit-exec")) {
          found.add(what);
        }
      }
    } catch (NoSuchFileException e) {
      return found; // the listing's own descriptor
    }
    return found;
  }

  @Test
  void shouldSayWhyTheCommandIsGone() throws Exception {
    try (Arena arena = Arena.ofConfined();
        Channel source = source("no-such-program-of-mine")) {
      TransportException failed =
          assertThrows(
              TransportException.class,
              () -> {
                while (true) {
                  source.write(text(arena, "guest"));
                }
              });
      assertEquals(Reason.PEER_GONE, failed.reason());
      assertTrue(failed.toString().contains("status 127"), failed::toString);
    }
  }

  @Test
  void shouldNotTakeTheOutputOfAFailedCommandForWhole() throws Exception {
    Endpoint failing = new Endpoint("exec", "echo half a guest; exit 1");
    try (Arena arena = Arena.ofConfined();
        ChannelServer server = new ExecTransport().listen(failing, TransportOptions.DEFAULT);
        Channel destination = server.accept()) {
      MemorySegment buffer = arena.allocate(64);
      assertEquals(13, destination.read(buffer, 0, 64));
      TransportException failed =
          assertThrows(TransportException.class, () -> destination.read(buffer, 0, 64));
      assertEquals(Reason.PEER_GONE, failed.reason());
    }
  }

  @Test
  void shouldKillTheCommandAndItsChildrenWhenAborted() throws Exception {
    Set<ProcessHandle> before = descendants();
    Channel source = source("sleep 1000 | sleep 1000; true");
    Set<ProcessHandle> started = descendants();
    started.removeAll(before);
    assertFalse(started.isEmpty());
    source.abort("the test says so");
    source.close();
    for (ProcessHandle process : started) {
      assertEquals(process, process.onExit().get(30, TimeUnit.SECONDS));
    }
  }

  private static Set<ProcessHandle> descendants() {
    return ProcessHandle.current().descendants().collect(Collectors.toCollection(HashSet::new));
  }

  @Test
  void shouldLetTheCommandFinishWhenClosed() throws Exception {
    Path kept = directory.resolve("kept");
    try (Arena arena = Arena.ofConfined();
        Channel source = source("cat > " + kept)) {
      source.write(text(arena, "guest"));
    }
    assertEquals("guest", Files.readString(kept));
  }
}
