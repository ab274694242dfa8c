package org.godwit.example.gzip;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * Scheme {@code gzip}: a source writes a compressed file, a destination reads one. The service
 * property is all that it takes for {@code gzip:PATH} to work wherever an endpoint is asked for.
 */
@Component(
    immediate = true, // a delayed component would end with its last user, and its channels with it
    property = Transport.SCHEME_PROPERTY + "=gzip")
public final class GzipTransport implements Transport {
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();

  /** Creates the transport; nothing is opened. */
  @Activate
  public GzipTransport() {}

  /** When this bundle stops, so do the migrations that use it; the coordinator tells users why. */
  @Deactivate
  void stop() {
    open.forEach(channel -> channel.abort("the bundle of scheme gzip was stopped"));
  }

  @Override
  public String scheme() {
    return "gzip";
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    return endpoint.address().isBlank()
        ? Optional.of("Bad address " + endpoint + ": it has no path; expected gzip:PATH")
        : Optional.empty();
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    requireAllowed(peer, options, Role.SOURCE);
    try {
      return opened(new GzipWriter(Path.of(peer.address()), open::remove));
    } catch (IOException e) {
      throw new TransportException(Reason.ENVIRONMENT, "Cannot write " + peer, e);
    }
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    requireAllowed(local, options, Role.DESTINATION);
    try {
      return new OneStream(local, opened(new GzipReader(Path.of(local.address()), open::remove)));
    } catch (IOException e) {
      throw new TransportException(Reason.ENVIRONMENT, "Cannot read " + local, e);
    }
  }

  private <C extends Channel> C opened(C channel) {
    open.add(channel);
    return channel;
  }

  private void requireAllowed(Endpoint endpoint, TransportOptions options, Role role)
      throws TransportException {
    Optional<String> refusal = refusal(endpoint, options, role);
    if (refusal.isPresent()) {
      throw new TransportException(Reason.BAD_ADDRESS, refusal.get());
    }
  }
}
