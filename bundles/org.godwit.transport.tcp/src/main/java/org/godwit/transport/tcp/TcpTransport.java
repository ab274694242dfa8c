package org.godwit.transport.tcp;

import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.transport.descriptor.Attempt;
import org.godwit.transport.descriptor.OpenEnds;
import org.godwit.transport.descriptor.TcpSockets;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Scheme {@code tcp}: plain TCP, as QEMU's. Thread-safe; starts no thread but for host names. */
@Component(
    immediate = true, // a delayed component would end with its last user, and its channels with it
    service = Transport.class,
    property = Transport.SCHEME_PROPERTY + "=tcp")
public final class TcpTransport implements Transport {
  private static final String SCHEME = "tcp";

  private final OpenEnds ends = new OpenEnds();
  private final TcpSockets sockets = new TcpSockets(SCHEME, ends, false);

  /** Creates the transport; nothing is opened. */
  @Activate
  public TcpTransport() {}

  @Deactivate
  void stop() {
    ends.abortAll("bundle org.godwit.transport.tcp was stopped");
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
    if (options.tlsCredentials().isPresent()) {
      return Optional.of(
          "TLS credentials are set, but "
              + endpoint
              + " is plain TCP: use tls:"
              + endpoint.address());
    }
    return sockets.refusal(endpoint, options, role);
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    requireAllowed(peer, options, Role.SOURCE);
    Attempt attempt = new Attempt("connect to " + peer);
    return attempt.make(ends, () -> sockets.connect(peer, options, attempt));
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    requireAllowed(local, options, Role.DESTINATION);
    return sockets.listen(local, options, socket -> sockets.accepted(socket, options));
  }

  private void requireAllowed(Endpoint endpoint, TransportOptions options, Role role)
      throws TransportException {
    Optional<String> refusal = refusal(endpoint, options, role);
    if (refusal.isPresent()) {
      throw new TransportException(Reason.BAD_ADDRESS, refusal.get());
    }
  }
}
