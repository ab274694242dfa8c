package org.godwit.transport.unix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.tck.TransportContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixTransportTest extends TransportContract {
  @TempDir Path directory;

  private final AtomicInteger names = new AtomicInteger();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @Override
  protected Transport transport() {
    return new UnixTransport();
  }

  @Override
  protected void stop(Transport transport) {
    ((UnixTransport) transport).stop();
  }

  @Override
  protected Endpoint freeEndpoint() {
    return new Endpoint("unix", directory.resolve("s" + names.incrementAndGet()).toString());
  }

  /** A listener whose queue is full. */
  @Override
  protected Optional<Endpoint> silentEndpoint() throws IOException {
    Endpoint endpoint = freeEndpoint();
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(endpoint.address());
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    opened.add(server.bind(address, 1));
    for (int i = 0; i < 2; i++) {
      opened.add(SocketChannel.open(address));
    }
    return Optional.of(endpoint);
  }

  @Override
  protected List<Endpoint> malformed() {
    return List.of(new Endpoint("unix", ""), new Endpoint("unix", "/" + "x".repeat(107)));
  }

  @AfterEach
  void closeSockets() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  @Test
  void shouldRemoveItsSocketFileAtTheEnd() throws Exception {
    Endpoint where = freeEndpoint();
    Transport unix = transport();
    ChannelServer server = unix.listen(where, TransportOptions.DEFAULT);
    assertTrue(Files.exists(Path.of(where.address())));
    server.close();
    assertFalse(Files.exists(Path.of(where.address())));
    unix.listen(where, TransportOptions.DEFAULT);
    stop(unix);
    assertFalse(Files.exists(Path.of(where.address())), "also when the bundle stops");
  }

  @Test
  void shouldTakeOverTheSocketFileOfADeadProcess() throws Exception {
    Endpoint where = freeEndpoint();
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(where.address()));
    }
    assertTrue(Files.exists(Path.of(where.address())), "Java leaves the file");
    try (ChannelServer server = transport().listen(where, TransportOptions.DEFAULT)) {
      assertEquals(where, server.local());
    }
  }

  @Test
  void shouldNotTouchAFileThatIsNoSocket() throws Exception {
    Endpoint where = freeEndpoint();
    Files.writeString(Path.of(where.address()), "precious");
    TransportException inUse =
        assertThrows(
            TransportException.class, () -> transport().listen(where, TransportOptions.DEFAULT));
    assertEquals(Reason.IN_USE, inUse.reason());
    assertEquals("precious", Files.readString(Path.of(where.address())));
  }

  @Test
  void shouldNotDisturbALiveListenerWhoseAddressIsWanted() throws Exception {
    Endpoint where = freeEndpoint();
    try (ServerSocketChannel live = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      live.bind(UnixDomainSocketAddress.of(where.address()));
      assertThrows(
          TransportException.class, () -> transport().listen(where, TransportOptions.DEFAULT));
      live.configureBlocking(false);
      assertEquals(null, live.accept(), "nobody connected");
    }
  }
}
