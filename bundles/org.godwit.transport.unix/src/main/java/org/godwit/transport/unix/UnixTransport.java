package org.godwit.transport.unix;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.SocketName;
import org.godwit.linux.StreamSocket;
import org.godwit.transport.descriptor.Attempt;
import org.godwit.transport.descriptor.DescriptorChannel;
import org.godwit.transport.descriptor.DescriptorServer;
import org.godwit.transport.descriptor.Failures;
import org.godwit.transport.descriptor.OpenEnds;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Scheme {@code unix}: UNIX domain sockets at a path. Thread-safe; starts no thread. */
@Component(
    immediate = true, // a delayed component would end with its last user, and its channels with it
    service = Transport.class,
    property = Transport.SCHEME_PROPERTY + "=unix")
public final class UnixTransport implements Transport {
  private static final String SCHEME = "unix";
  private static final int LONGEST_PATH = 107;
  private static final int BACKLOG = 128;

  private final OpenEnds ends = new OpenEnds();

  /** Creates the transport; nothing is opened. */
  @Activate
  public UnixTransport() {}

  @Deactivate
  void stop() {
    ends.abortAll("bundle org.godwit.transport.unix was stopped");
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
    int bytes = endpoint.address().getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > LONGEST_PATH || endpoint.address().indexOf('\0') >= 0) {
      return Optional.of(
          "Bad address %s: a socket path has 1 to %d bytes, this one %d"
              .formatted(endpoint, LONGEST_PATH, bytes));
    }
    return Optional.empty();
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    SocketName.Local name = name(peer, options, Role.SOURCE);
    String doing = "connect to " + peer;
    Attempt attempt = new Attempt(doing);
    return attempt.make(
        ends,
        () -> {
          try {
            StreamSocket socket =
                StreamSocket.connect(
                    name, options.connectTimeout(), pending -> attempt.breakBy(pending::abort));
            return channel(socket, peer, options);
          } catch (LinuxException e) {
            throw Failures.notOpened(doing, e);
          }
        });
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    SocketName.Local name = name(local, options, Role.DESTINATION);
    try {
      SocketFiles.removeIfAbandoned(name);
      ListeningSocket socket = ListeningSocket.listen(name, BACKLOG);
      return new DescriptorServer(
          socket, local, ends, accepted -> channel(accepted, local, options));
    } catch (LinuxException e) {
      throw Failures.notOpened("listen on " + local, e);
    }
  }

  private DescriptorChannel channel(StreamSocket socket, Endpoint peer, TransportOptions options) {
    return new DescriptorChannel(
        socket.descriptor(),
        DescriptorChannel.Flow.BOTH,
        peer.toString(),
        options.ioTimeout(),
        ends);
  }

  private SocketName.Local name(Endpoint endpoint, TransportOptions options, Role role)
      throws TransportException {
    Optional<String> refusal = refusal(endpoint, options, role);
    if (refusal.isPresent()) {
      throw new TransportException(Reason.BAD_ADDRESS, refusal.get());
    }
    return new SocketName.Local(endpoint.address());
  }
}
