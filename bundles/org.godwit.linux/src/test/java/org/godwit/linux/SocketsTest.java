package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SocketsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private static final byte[] V6_LOOPBACK = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

  @TempDir Path directory;

  @Test
  void shouldCarryBytesOverIpv4() throws Exception {
    assertCarries(new SocketName.Inet(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
  }

  @Test
  void shouldCarryBytesOverIpv6() throws Exception {
    assertCarries(new SocketName.Inet(InetAddress.getByAddress(V6_LOOPBACK), 0));
  }

  @Test
  void shouldCarryBytesOverAPathAndRemoveItAtTheEnd() throws Exception {
    Path path = directory.resolve("socket");
    assertCarries(new SocketName.Local(path.toString()));
    assertFalse(Files.exists(path));
  }

  private static void assertCarries(SocketName where) throws Exception {
    try (ListeningSocket listener = ListeningSocket.listen(where, 1);
        StreamSocket client = StreamSocket.connect(listener.name(), SOON);
        StreamSocket server = listener.accept();
        Arena arena = Arena.ofConfined()) {
      client.descriptor().write(arena.allocateFrom("hello"), 0, 5);
      MemorySegment buffer = arena.allocate(6);
      assertEquals(5, server.descriptor().readFully(buffer, 0, 5));
      assertEquals("hello", buffer.getString(0));
      assertEquals(0, client.unsent());
    }
  }

  @Test
  void shouldTellTheOtherEndsAddress() throws Exception {
    SocketName any = new SocketName.Inet(InetAddress.getLoopbackAddress(), 0);
    try (ListeningSocket listener = ListeningSocket.listen(any, 1);
        StreamSocket client = StreamSocket.connect(listener.name(), SOON);
        StreamSocket server = listener.accept()) {
      assertEquals(client.localName(), server.remoteName());
      assertEquals(listener.name(), client.remoteName());
    }
  }

  @Test
  void shouldSetAndReadOptions() throws Exception {
    SocketName any = new SocketName.Inet(InetAddress.getLoopbackAddress(), 0);
    try (ListeningSocket listener = ListeningSocket.listen(any, 1);
        StreamSocket client = StreamSocket.connect(listener.name(), SOON)) {
      client.option(SocketOption.NO_DELAY, 1);
      client.option(SocketOption.KEEP_ALIVE, 1);
      client.option(SocketOption.SEND_BUFFER, 1 << 16);
      assertEquals(1, client.option(SocketOption.NO_DELAY));
      assertEquals(1, client.option(SocketOption.KEEP_ALIVE));
      assertTrue(client.option(SocketOption.SEND_BUFFER) >= 1 << 16);
      assertTrue(client.localName().port() > 0);
    }
  }

  @Test
  void shouldSayThatThePortIsInUse() throws Exception {
    SocketName any = new SocketName.Inet(InetAddress.getLoopbackAddress(), 0);
    try (ListeningSocket listener = ListeningSocket.listen(any, 1)) {
      LinuxException e =
          assertThrows(
              LinuxException.class, () -> ListeningSocket.listen(listener.name(), 1).close());
      assertEquals(Errno.EADDRINUSE, e.errno());
      assertTrue(e.getMessage().contains(listener.name().toString()), e.getMessage());
    }
  }

  @Test
  void shouldSayThatThePeerRefuses() throws Exception {
    SocketName free;
    try (ListeningSocket listener =
        ListeningSocket.listen(new SocketName.Inet(InetAddress.getLoopbackAddress(), 0), 1)) {
      free = listener.name();
    }
    LinuxException e =
        assertThrows(LinuxException.class, () -> StreamSocket.connect(free, SOON).close());
    assertEquals(Errno.ECONNREFUSED, e.errno());
  }

  @Test
  void shouldTimeOutAcceptingAndEndItWhenAborted() throws Exception {
    SocketName any = new SocketName.Inet(InetAddress.getLoopbackAddress(), 0);
    try (ListeningSocket listener = ListeningSocket.listen(any, 1)) {
      listener.descriptor().timeout(Duration.ofMillis(10));
      assertThrows(LinuxTimeoutException.class, listener::accept);
      listener.descriptor().timeout(Duration.ZERO);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread accepting =
          Thread.ofPlatform()
              .start(() -> thrown.set(assertThrows(LinuxException.class, listener::accept)));
      listener.descriptor().abort();
      accepting.join();
      assertTrue(thrown.get() instanceof LinuxAbortedException, () -> "" + thrown.get());
    }
  }

  @Test
  void shouldAbortAConnectThatWaitsForAFullBacklog() throws Exception {
    SocketName path = new SocketName.Local(directory.resolve("full").toString());
    AtomicReference<Descriptor> pending = new AtomicReference<>();
    try (ListeningSocket listener = ListeningSocket.listen(path, 0);
        StreamSocket first = StreamSocket.connect(listener.name(), SOON)) {
      assertThrows(
          LinuxAbortedException.class,
          () -> StreamSocket.connect(path, SOON, Descriptor::abort).close());
      assertThrows(
          LinuxTimeoutException.class,
          () -> StreamSocket.connect(path, Duration.ofMillis(30), pending::set).close());
      assertTrue(pending.get().aborted(), "a failed attempt leaves no open descriptor");
      assertFalse(first.descriptor().aborted());
    }
  }

  @Test
  void shouldRemoveOnlyAStaleSocketFile() throws Exception {
    SocketName.Local name = new SocketName.Local(directory.resolve("stale").toString());
    assertFalse(ListeningSocket.removeStale(name));
    try (ListeningSocket listener = ListeningSocket.listen(name, 1)) {
      assertFalse(ListeningSocket.removeStale(name), "somebody listens");
      Files.createLink(directory.resolve("kept"), Path.of(name.path()));
      assertEquals(name, listener.name());
    }
    SocketName.Local kept = new SocketName.Local(directory.resolve("kept").toString());
    assertTrue(ListeningSocket.removeStale(kept));
    assertFalse(Files.exists(Path.of(kept.path())));
    Path plain = Files.writeString(directory.resolve("plain"), "data");
    assertFalse(ListeningSocket.removeStale(new SocketName.Local(plain.toString())));
    assertTrue(Files.exists(plain));
  }

  @Test
  void shouldNotRemoveAPipeOrALinkForAStaleSocket() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    assertFalse(ListeningSocket.removeStale(new SocketName.Local(pipe.toString())));
    assertTrue(Files.exists(pipe));
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/dev/null"));
    assertFalse(ListeningSocket.removeStale(new SocketName.Local(link.toString())));
    assertTrue(Files.isSymbolicLink(link));
  }

  @Test
  void shouldLeaveTheFileThatReplacedItsSocket() throws Exception {
    Path path = directory.resolve("replaced");
    try (ListeningSocket listener =
        ListeningSocket.listen(new SocketName.Local(path.toString()), 1)) {
      assertTrue(listener.name() instanceof SocketName.Local);
      // kept under another name, so that its inode is not given to the new file
      Path _ = Files.move(path, directory.resolve("moved"));
      Path _ = Files.writeString(path, "precious");
    }
    assertEquals("precious", Files.readString(path));
  }

  @Test
  void shouldNotEndTheWritingInOrderAfterAReset() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        StreamSocket client =
            StreamSocket.connect(
                new SocketName.Inet(server.getInetAddress(), server.getLocalPort()), SOON);
        Arena arena = Arena.ofConfined()) {
      Socket peer = server.accept();
      peer.setSoLinger(true, 0);
      peer.close();
      MemorySegment buffer = arena.allocate(1);
      assertThrows(LinuxException.class, () -> client.descriptor().read(buffer, 0, 1));
      LinuxException broken =
          assertThrows(LinuxException.class, () -> client.descriptor().endWriting());
      assertEquals(Errno.ENOTCONN, broken.errno());
      client.descriptor().shutdown(Descriptor.Direction.WRITE);
    }
  }

  @Test
  void shouldRefuseAPathThatTheKernelWouldCut() {
    String longPath = "x".repeat(108);
    assertThrows(IllegalArgumentException.class, () -> new SocketName.Local(longPath));
  }
}
