package org.godwit.transport.tls;

import java.nio.file.Path;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.transport.descriptor.Attempt;
import org.godwit.transport.descriptor.DescriptorChannel;
import org.godwit.transport.descriptor.OpenEnds;
import org.godwit.transport.descriptor.TcpAddress;
import org.godwit.transport.descriptor.TcpSockets;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Scheme {@code tls}: TCP under TLS, both sides proved by X.509 certificates. Thread-safe. */
@Component(
    immediate = true, // a delayed component would end with its last user, and its channels with it
    service = Transport.class,
    property = Transport.SCHEME_PROPERTY + "=tls")
public final class TlsTransport implements Transport {
  private static final String SCHEME = "tls";

  private final OpenEnds ends = new OpenEnds();
  private final TcpSockets sockets = new TcpSockets(SCHEME, ends, true);

  /** Creates the transport; nothing is opened. */
  @Activate
  public TlsTransport() {}

  @Deactivate
  void stop() {
    ends.abortAll("bundle org.godwit.transport.tls was stopped");
  }

  @Override
  public String scheme() {
    return SCHEME;
  }

  @Override
  public boolean reconnectable() {
    return true;
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    if (options.tlsCredentials().isEmpty()) {
      return Optional.of(
          endpoint
              + " needs certificates: parameter tls-creds must name a directory with ca-cert.pem, "
              + (role == Role.SOURCE ? "client" : "server")
              + "-cert.pem and its key");
    }
    return sockets.refusal(endpoint, options, role);
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    Credentials credentials = Credentials.ofClient(directory(peer, options, Role.SOURCE));
    TcpAddress address = TcpAddress.parse(peer, Role.SOURCE);
    String host = address.host().isEmpty() ? "localhost" : address.host();
    String hostname = options.tlsHostname().filter(name -> !name.isEmpty()).orElse(host);
    Attempt attempt = new Attempt("connect to " + peer);
    return attempt.make(
        ends,
        () -> {
          DescriptorChannel wire = sockets.connect(peer, options, attempt);
          attempt.breakBy(() -> wire.abort("broken off"));
          TlsChannel channel = new TlsChannel(wire, credentials.client(hostname, address.port()));
          return handshaken(channel, options);
        });
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    Credentials credentials = Credentials.ofServer(directory(local, options, Role.DESTINATION));
    TlsServer server =
        new TlsServer(
            sockets.listen(local, options, socket -> sockets.accepted(socket, options)),
            credentials::server,
            options,
            ends);
    server.start();
    return server;
  }

  private static TlsChannel handshaken(TlsChannel channel, TransportOptions options)
      throws TransportException {
    try {
      channel.handshake(options.connectTimeout(), options.ioTimeout());
      return channel;
    } catch (TransportException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private Path directory(Endpoint endpoint, TransportOptions options, Role role)
      throws TransportException {
    Optional<String> refusal = refusal(endpoint, options, role);
    if (refusal.isPresent()) {
      throw new TransportException(Reason.BAD_ADDRESS, refusal.get());
    }
    return options.tlsCredentials().orElseThrow();
  }
}
