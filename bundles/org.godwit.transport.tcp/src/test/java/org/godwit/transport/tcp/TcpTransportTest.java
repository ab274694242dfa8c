package org.godwit.transport.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.Transport.Role;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.tck.TransportContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpTransportTest extends TransportContract {
  private static final TransportOptions INSECURE =
      new TransportOptions(
          Duration.ofSeconds(10), Duration.ZERO, true, Optional.empty(), Optional.empty());

  private final TcpTransport tcp = new TcpTransport();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @Override
  protected Transport transport() {
    return new TcpTransport();
  }

  @Override
  protected void stop(Transport transport) {
    ((TcpTransport) transport).stop();
  }

  @Override
  protected Endpoint freeEndpoint() {
    return Endpoint.parse("tcp:127.0.0.1:0");
  }

  /** A listener whose queue is full: the kernel drops further attempts to connect. */
  @Override
  protected Optional<Endpoint> silentEndpoint() throws IOException {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    opened.add(server);
    for (int i = 0; i < 2; i++) {
      opened.add(new Socket(server.getInetAddress(), server.getLocalPort()));
    }
    return Optional.of(Endpoint.parse("tcp:127.0.0.1:" + server.getLocalPort()));
  }

  @Override
  protected Optional<Endpoint> unknownHost() {
    return Optional.of(Endpoint.parse("tcp:no-such-host.invalid:4444"));
  }

  @Override
  protected List<Endpoint> malformed() {
    return List.of(
        Endpoint.parse("tcp:127.0.0.1"),
        Endpoint.parse("tcp:127.0.0.1:"),
        Endpoint.parse("tcp:127.0.0.1:port"),
        Endpoint.parse("tcp:127.0.0.1:70000"),
        Endpoint.parse("tcp:::1:4444"),
        Endpoint.parse("tcp:[::1:4444"),
        Endpoint.parse("tcp:a b:4444"),
        Endpoint.parse("tcp:127.0.0.1:4444,to=4450"));
  }

  @AfterEach
  void closeSockets() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    tcp.stop();
  }

  @Test
  void shouldListenOnLoopbackWhereNoHostIsGiven() throws Exception {
    try (ChannelServer server = tcp.listen(Endpoint.parse("tcp::0"), TransportOptions.DEFAULT)) {
      assertTrue(server.local().address().startsWith("127.0.0.1:"), server.local()::toString);
    }
  }

  @Test
  void shouldConnectOverIpv6AndByName() throws Exception {
    try (ChannelServer server =
            tcp.listen(Endpoint.parse("tcp:[::1]:0"), TransportOptions.DEFAULT);
        var source = tcp.connect(server.local(), TransportOptions.DEFAULT)) {
      assertEquals(server.local().toString(), source.peer());
    }
    try (ChannelServer server =
            tcp.listen(Endpoint.parse("tcp:127.0.0.1:0"), TransportOptions.DEFAULT);
        var source =
            tcp.connect(
                Endpoint.parse(server.local().toString().replace("127.0.0.1", "localhost")),
                TransportOptions.DEFAULT)) {
      assertTrue(source.bidirectional());
    }
  }

  @Test
  void shouldListenOnOtherAddressesOnlyIfTold() throws Exception {
    Endpoint open = Endpoint.parse("tcp:0.0.0.0:0");
    String refusal =
        tcp.refusal(open, TransportOptions.DEFAULT, Role.DESTINATION).orElse("not refused");
    assertTrue(refusal.contains("--insecure"), refusal);
    assertEquals(Optional.empty(), tcp.refusal(open, INSECURE, Role.DESTINATION));
    try (ChannelServer server = tcp.listen(Endpoint.parse("tcp::0"), INSECURE)) {
      assertTrue(server.local().address().startsWith("0.0.0.0:"), server.local()::toString);
    }
  }

  @Test
  void shouldNotTakeAResetForAnOrderlyEnd() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Channel source =
            tcp.connect(
                Endpoint.parse("tcp:127.0.0.1:" + server.getLocalPort()),
                TransportOptions.DEFAULT);
        Arena arena = Arena.ofConfined()) {
      Socket peer = server.accept();
      peer.setSoLinger(true, 0);
      peer.close();
      MemorySegment buffer = arena.allocate(1);
      assertThrows(TransportException.class, () -> source.read(buffer, 0, 1));
      TransportException gone = assertThrows(TransportException.class, source::endOutput);
      assertEquals(Reason.PEER_GONE, gone.reason());
    }
  }

  @Test
  void shouldAcceptTheNextPeerWhenOneHasResetItsConnection() throws Exception {
    try (ChannelServer server =
        tcp.listen(Endpoint.parse("tcp:127.0.0.1:0"), TransportOptions.DEFAULT)) {
      int port = Integer.parseInt(server.local().address().substring("127.0.0.1:".length()));
      Socket scanner = new Socket(InetAddress.getLoopbackAddress(), port);
      scanner.setSoLinger(true, 0);
      scanner.close();
      try (Channel source = tcp.connect(server.local(), TransportOptions.DEFAULT);
          Channel accepted = server.accept();
          Arena arena = Arena.ofConfined()) {
        source.endOutput();
        assertEquals(-1, accepted.read(arena.allocate(1), 0, 1));
      }
    }
  }

  @Test
  void shouldNotSendInTheClearWhereTlsWasAskedFor() {
    TransportOptions tls =
        new TransportOptions(
            Duration.ofSeconds(10),
            Duration.ZERO,
            false,
            Optional.of(Path.of("credentials")),
            Optional.empty());
    String refusal =
        tcp.refusal(Endpoint.parse("tcp:127.0.0.1:4444"), tls, Role.SOURCE).orElse("not refused");
    assertTrue(refusal.contains("tls:127.0.0.1:4444"), refusal);
  }
}
