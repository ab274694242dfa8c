package org.godwit.transport.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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
    long before = descendants();
    Channel source = source("sleep 1000 | sleep 1000; true");
    assertTrue(descendants() > before);
    source.abort("the test says so");
    source.close();
    while (descendants() > before) {
      Thread.onSpinWait();
    }
  }

  private static long descendants() {
    return ProcessHandle.current().descendants().count();
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
