package org.godwit.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.Transport.Role;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.tck.TestAuthority;
import org.godwit.tck.TransportContract;
import org.godwit.transport.descriptor.OpenEnds;
import org.godwit.transport.descriptor.TcpSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class TlsTransportTest extends TransportContract {
  private static final Endpoint ANY = Endpoint.parse("tls:127.0.0.1:0");

  @TempDir static Path directory;

  private static Path good = Path.of("");
  private static Path foreign = Path.of("");
  private static Path expired = Path.of("");
  private static Path elsewhere = Path.of("");

  private final TlsTransport tls = new TlsTransport();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void issueCertificates() throws Exception {
    TestAuthority authority = new TestAuthority(Files.createDirectory(directory.resolve("ca")));
    good = authority.issueBoth(directory.resolve("good"), "ip:127.0.0.1,dns:localhost");
    expired = directory.resolve("expired");
    authority.issue(
        expired,
        "client",
        "san=dns:client",
        "eku=clientAuth",
        "-startdate",
        "-9d",
        "-validity",
        "1");
    elsewhere = directory.resolve("elsewhere");
    authority.issue(elsewhere, "server", "san=dns:elsewhere.example", "eku=serverAuth");
    TestAuthority other = new TestAuthority(Files.createDirectory(directory.resolve("other-ca")));
    foreign = directory.resolve("foreign");
    other.issue(foreign, "client", "san=dns:client", "eku=clientAuth");
    authority.trustIn(foreign);
  }

  @Override
  protected Transport transport() {
    return new TlsTransport();
  }

  @Override
  protected void stop(Transport transport) {
    ((TlsTransport) transport).stop();
  }

  @Override
  protected TransportOptions options() {
    return options(good, Optional.empty());
  }

  private static TransportOptions options(Path credentials, Optional<String> hostname) {
    return new TransportOptions(
        Duration.ofSeconds(10), Duration.ZERO, false, Optional.of(credentials), hostname);
  }

  @Override
  protected Endpoint freeEndpoint() {
    return ANY;
  }

  /** A listener that takes the connection and never answers the handshake. */
  @Override
  protected Optional<Endpoint> silentEndpoint() throws IOException {
    ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    opened.add(server);
    return Optional.of(Endpoint.parse("tls:127.0.0.1:" + server.getLocalPort()));
  }

  @Override
  protected Optional<Endpoint> unknownHost() {
    return Optional.of(Endpoint.parse("tls:no-such-host.invalid:4444"));
  }

  @Override
  protected List<Endpoint> malformed() {
    return List.of(Endpoint.parse("tls:127.0.0.1"), Endpoint.parse("tls:127.0.0.1:70000"));
  }

  @AfterEach
  void closeSockets() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    tls.stop();
  }

  /** Connects, and reads once: in TLS 1.3 a client learns of the server's refusal by reading. */
  private TransportException refusalOf(TransportOptions server, TransportOptions client)
      throws Exception {
    try (ChannelServer listening = tls.listen(ANY, server);
        Arena arena = Arena.ofConfined()) {
      return assertThrows(
          TransportException.class,
          () -> {
            try (Channel channel = tls.connect(listening.local(), client)) {
              channel.read(arena.allocate(8), 0, 8);
            }
          });
    }
  }

  private static void assertSays(TransportException refusal, String words) {
    assertEquals(Reason.SECURITY, refusal.reason(), refusal::toString);
    assertTrue(refusal.toString().contains(words), refusal::toString);
  }

  @Test
  void shouldRefuseAServerWithAnotherName() throws Exception {
    assertSays(refusalOf(options(elsewhere, Optional.empty()), options()), "tls-hostname");
  }

  @Test
  void shouldVerifyTheNameThatWasGivenInstead() throws Exception {
    TransportOptions client = options(good, Optional.of("elsewhere.example"));
    try (ChannelServer server = tls.listen(ANY, options(elsewhere, Optional.empty()));
        Channel channel = tls.connect(server.local(), client)) {
      assertTrue(channel.bidirectional());
    }
    assertSays(refusalOf(options(), client), "tls-hostname");
  }

  @Test
  void shouldRefuseAClientOfAnotherAuthority() throws Exception {
    TransportException refusal = refusalOf(options(), options(foreign, Optional.empty()));
    assertEquals(Reason.SECURITY, refusal.reason(), refusal::toString);
  }

  @Test
  void shouldRefuseAClientWhoseCertificateHasExpired() throws Exception {
    TransportException refusal = refusalOf(options(), options(expired, Optional.empty()));
    assertEquals(Reason.SECURITY, refusal.reason(), refusal::toString);
  }

  @Test
  void shouldRefuseAClientWithoutACertificate() throws Exception {
    Path bare = Files.createDirectories(directory.resolve("bare"));
    Files.copy(
        good.resolve("ca-cert.pem"),
        bare.resolve("ca-cert.pem"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    TransportException refusal = refusalOf(options(), options(bare, Optional.empty()));
    assertEquals(Reason.SECURITY, refusal.reason(), refusal::toString);
  }

  @Test
  void shouldAcceptAGoodPeerWhileBadOnesHang() throws Exception {
    try (ChannelServer server = tls.listen(ANY, options());
        Socket silent = new Socket(InetAddress.getLoopbackAddress(), port(server));
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port(server))) {
      plain
          .getOutputStream()
          .write(
              "QEVM in the clear, no TLS at all"
                  .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      try (Channel source = tls.connect(server.local(), options());
          Channel destination = server.accept()) {
        assertTrue(destination.bidirectional());
        assertTrue(source.bidirectional());
        assertTrue(silent.isConnected());
      }
    }
  }

  @Test
  @Timeout(30)
  void shouldTellWhyAPeerWasTurnedAway() throws Exception {
    CompletableFuture<TransportException> told = new CompletableFuture<>();
    try (ChannelServer server = tls.listen(ANY, options())) {
      server.onRefused(told::complete);
      try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port(server))) {
        plain.getOutputStream().write("QEVM in the clear".getBytes(StandardCharsets.US_ASCII));
        assertSays(told.get(), "the peer does not speak TLS");
      }
    }
  }

  /** A bug in a provider of ciphers, say: it must neither leave peers hanging nor use up places. */
  @Test
  void shouldHangUpOnAPeerWhoseHandshakeThrows() throws Exception {
    OpenEnds ends = new OpenEnds();
    TcpSockets sockets = new TcpSockets("tls", ends, true);
    AtomicInteger broken = new AtomicInteger(40);
    Credentials credentials = Credentials.ofServer(good);
    Supplier<SSLEngine> engines =
        () -> {
          if (broken.getAndDecrement() > 0) {
            throw new IllegalStateException("broken");
          }
          return credentials.server();
        };
    TlsServer server =
        new TlsServer(
            sockets.listen(ANY, options(), socket -> sockets.accepted(socket, options())),
            engines,
            options(),
            ends);
    server.start();
    try (server) {
      for (int i = 0; i < 40; i++) {
        assertHungUp(port(server));
      }
      try (Channel source = tls.connect(server.local(), options());
          Channel destination = server.accept()) {
        assertTrue(source.bidirectional() && destination.bidirectional());
      }
    }
  }

  private static void assertHungUp(int port) throws IOException {
    try (Socket peer = new Socket(InetAddress.getLoopbackAddress(), port)) {
      peer.setSoTimeout(20_000);
      assertEquals(-1, peer.getInputStream().read());
    }
  }

  private static int port(ChannelServer server) {
    String address = server.local().address();
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  @Test
  void shouldSayThatCredentialsAreNeeded() {
    String refusal = tls.refusal(ANY, TransportOptions.DEFAULT, Role.DESTINATION).orElse("none");
    assertTrue(refusal.contains("tls-creds") && refusal.contains("server-cert.pem"), refusal);
  }

  @Test
  void shouldNameTheFileThatIsMissing() {
    TransportException missing =
        assertThrows(
            TransportException.class, () -> tls.listen(ANY, options(expired, Optional.empty())));
    assertSays(missing, "server-cert.pem");
  }

  @Test
  void shouldReadOlderKeyForms() throws Exception {
    Path old = Files.createDirectories(directory.resolve("old"));
    for (String file : List.of("ca-cert.pem", "server-cert.pem", "server-key.pem")) {
      Files.copy(good.resolve(file), old.resolve(file));
    }
    byte[] pkcs8 = PemFile.read(old.resolve("server-key.pem")).privateKey().getEncoded();
    byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length); // behind the envelope of RSA 2048
    Files.writeString(old.resolve("server-key.pem"), TestAuthority.pem("RSA PRIVATE KEY", pkcs1));
    try (ChannelServer server = tls.listen(ANY, options(old, Optional.empty()));
        Channel channel = tls.connect(server.local(), options())) {
      assertTrue(channel.bidirectional());
    }
  }

  @Test
  void shouldCarryMoreThanTheBuffersOfEitherSide() throws Exception {
    int size = 8 << 20;
    try (ChannelServer server = tls.listen(ANY, options());
        Channel source = tls.connect(server.local(), options());
        Channel destination = server.accept();
        Arena arena = Arena.ofShared()) {
      GatherList list = new GatherList(1, arena);
      list.add(arena.allocate(size), 0, size);
      Thread writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      source.write(list);
                      source.endOutput();
                    } catch (TransportException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      MemorySegment buffer = arena.allocate(1 << 16);
      long total = 0;
      for (int n = 0; n >= 0; n = destination.read(buffer, 0, 1 << 16)) {
        total += n;
      }
      writer.join();
      assertEquals(size, total);
    }
  }
}
