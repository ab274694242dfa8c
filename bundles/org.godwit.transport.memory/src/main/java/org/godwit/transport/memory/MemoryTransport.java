package org.godwit.transport.memory;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * Scheme {@code memory}: both ends are in this process and know one name. For tests and for
 * programs that embed the engine. Names belong to this object, not to the process. Thread-safe, no
 * threads.
 */
@Component(
    immediate = true, // a delayed component would end with its last user, and its channels with it
    service = Transport.class,
    property = Transport.SCHEME_PROPERTY + "=memory")
public final class MemoryTransport implements Transport {
  private static final String SCHEME = "memory";
  private static final String STOPPED = "bundle org.godwit.transport.memory was stopped";

  private final Map<String, MemoryServer> servers = new ConcurrentHashMap<>();
  private final Set<MemoryChannel> channels = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean stopped = new AtomicBoolean();

  /** Creates a transport with no names in use. */
  @Activate
  public MemoryTransport() {}

  @Deactivate
  void stop() {
    stopped.set(true);
    servers.values().forEach(MemoryServer::close);
    channels.forEach(channel -> channel.abort(STOPPED));
    channels.clear();
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
    return endpoint.address().isBlank()
        ? Optional.of("Bad address " + endpoint + ": it has no name; expected memory:NAME")
        : Optional.empty();
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    requireUsable(peer, options, Role.SOURCE);
    MemoryServer server = servers.get(peer.address());
    if (server == null) {
      throw refused(peer);
    }
    Ring there = new Ring(peer.toString());
    Ring back = new Ring(peer.toString());
    MemoryChannel accepted = channel(peer, back, there, server.timeout());
    if (!server.offer(accepted)) {
      accepted.close();
      throw refused(peer);
    }
    return channel(peer, there, back, options.ioTimeout());
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    requireUsable(local, options, Role.DESTINATION);
    String name = local.address();
    MemoryServer server =
        new MemoryServer(local, options.ioTimeout(), it -> servers.remove(name, it));
    if (servers.putIfAbsent(name, server) != null) {
      throw new TransportException(
          Reason.IN_USE, "The address is in use: cannot listen on " + local);
    }
    if (stopped.get()) {
      server.close();
    }
    return server;
  }

  private MemoryChannel channel(Endpoint peer, Ring output, Ring input, Duration timeout) {
    MemoryChannel channel =
        new MemoryChannel(peer.toString(), output, input, timeout, channels::remove);
    channels.add(channel);
    return channel;
  }

  private static TransportException refused(Endpoint peer) {
    return new TransportException(
        Reason.REFUSED, "Nobody listens there: cannot connect to " + peer);
  }

  private void requireUsable(Endpoint endpoint, TransportOptions options, Role role)
      throws TransportException {
    Optional<String> refusal = refusal(endpoint, options, role);
    if (refusal.isPresent()) {
      throw new TransportException(Reason.BAD_ADDRESS, refusal.get());
    }
    if (stopped.get()) {
      throw new TransportException(Reason.ABORTED, "Cannot open " + endpoint + ": " + STOPPED);
    }
  }
}
