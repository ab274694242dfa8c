package org.godwit.transport.descriptor;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport.Role;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.SocketName;
import org.godwit.linux.SocketOption;
import org.godwit.linux.StreamSocket;

/** TCP connections and listeners for one transport's scheme. Thread-safe. */
public final class TcpSockets {
  private static final int BACKLOG = 128;
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private final String scheme;
  private final OpenEnds ends;
  private final boolean everywhere;

  /**
   * Makes sockets.
   *
   * @param scheme scheme of the endpoints
   * @param ends set that channels and servers enter
   * @param everywhere listening on any address is allowed, since the channel protects itself
   */
  public TcpSockets(String scheme, OpenEnds ends, boolean everywhere) {
    this.scheme = scheme;
    this.ends = ends;
    this.everywhere = everywhere;
  }

  /**
   * Looks at an address without touching anything.
   *
   * @param endpoint where
   * @param options options
   * @param role what for
   * @return what is wrong, if something is
   */
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    try {
      TcpAddress address = TcpAddress.parse(endpoint, role);
      boolean open = !address.loopback().orElse(true);
      return role == Role.DESTINATION && open && !mayListen(options)
          ? Optional.of(exposed(endpoint))
          : Optional.empty();
    } catch (TransportException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Connects; all addresses of the host are tried in order.
   *
   * @param peer where to
   * @param options bounds
   * @param attempt what breaks the attempt
   * @return a connected channel
   * @throws TransportException if no address answers in time
   */
  public DescriptorChannel connect(Endpoint peer, TransportOptions options, Attempt attempt)
      throws TransportException {
    TcpAddress address = TcpAddress.parse(peer, Role.SOURCE);
    Deadline deadline = Deadline.after(options.connectTimeout());
    List<InetAddress> candidates = candidates(address, deadline, options);
    TransportException failed = null;
    for (InetAddress candidate : candidates) {
      try {
        SocketName name = new SocketName.Inet(candidate, address.port());
        return channel(connected(peer, name, deadline, attempt), peer.toString(), options);
      } catch (TransportException e) {
        failed = worse(failed, e);
      }
    }
    throw failed == null ? new TransportException(Reason.UNKNOWN_HOST, peer.toString()) : failed;
  }

  /**
   * Listens.
   *
   * @param local where
   * @param options bounds, and whether other hosts may connect
   * @param welcome makes channels of connections
   * @return the server
   * @throws TransportException if the address is refused, taken, or none of this host
   */
  public DescriptorServer listen(
      Endpoint local, TransportOptions options, DescriptorServer.Welcome welcome)
      throws TransportException {
    TcpAddress address = TcpAddress.parse(local, Role.DESTINATION);
    Deadline deadline = Deadline.after(options.connectTimeout());
    InetAddress where = listenAddress(address, deadline, options);
    if (!where.isLoopbackAddress() && !mayListen(options)) {
      throw new TransportException(Reason.BAD_ADDRESS, exposed(local));
    }
    ListeningSocket socket = listening(local, new SocketName.Inet(where, address.port()));
    return new DescriptorServer(
        socket, new Endpoint(scheme, socket.name().toString()), ends, welcome);
  }

  /**
   * Makes a channel of an accepted connection.
   *
   * @param socket the connection; closed if this fails
   * @param options bounds
   * @return the channel
   * @throws TransportException if the peer has gone already
   */
  public DescriptorChannel accepted(StreamSocket socket, TransportOptions options)
      throws TransportException {
    try {
      return channel(socket, scheme + ":" + socket.remoteName(), options);
    } catch (LinuxException e) {
      socket.close();
      throw Failures.broken("accept a connection of scheme " + scheme, e);
    }
  }

  private StreamSocket connected(Endpoint peer, SocketName name, Deadline deadline, Attempt attempt)
      throws TransportException {
    try {
      return StreamSocket.connect(
          name, deadline.left(), pending -> attempt.breakBy(pending::abort));
    } catch (LinuxException e) {
      throw Failures.notOpened("connect to " + peer, e);
    }
  }

  private DescriptorChannel channel(StreamSocket socket, String peer, TransportOptions options)
      throws TransportException {
    try {
      socket.option(SocketOption.NO_DELAY, 1);
      socket.option(SocketOption.KEEP_ALIVE, 1);
    } catch (LinuxException e) {
      socket.close();
      throw Failures.broken("prepare the connection with " + peer, e);
    }
    return new DescriptorChannel(
        socket.descriptor(),
        DescriptorChannel.Flow.BOTH,
        peer,
        options.ioTimeout(),
        ends,
        // a peer that sends small messages by Nagle's algorithm holds the next one back until then,
        // and the kernel waits 40 ms with it; it has to be told each time
        () -> socket.option(SocketOption.QUICK_ACKNOWLEDGE, 1));
  }

  private static ListeningSocket listening(Endpoint local, SocketName name)
      throws TransportException {
    try {
      return ListeningSocket.listen(name, BACKLOG);
    } catch (LinuxException e) {
      throw Failures.notOpened("listen on " + local, e);
    }
  }

  private InetAddress listenAddress(TcpAddress address, Deadline deadline, TransportOptions options)
      throws TransportException {
    if (address.host().isEmpty() && mayListen(options)) {
      return address(new byte[4]);
    }
    return candidates(address, deadline, options).getFirst();
  }

  private static List<InetAddress> candidates(
      TcpAddress address, Deadline deadline, TransportOptions options) throws TransportException {
    if (address.host().isEmpty()) {
      return List.of(address(LOOPBACK));
    }
    Optional<InetAddress> literal = address.literal();
    if (literal.isPresent()) {
      return List.of(literal.get());
    }
    Duration left = options.connectTimeout().isZero() ? Duration.ZERO : deadline.left();
    return HostNames.resolve(address.host(), left);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException("4 bytes are a legal address", e);
    }
  }

  /** Of several failures the user sees the first, unless the attempt was broken off. */
  private static TransportException worse(
      @org.jspecify.annotations.Nullable TransportException before, TransportException now)
      throws TransportException {
    if (now.reason() == Reason.ABORTED) {
      throw now;
    }
    return before == null ? now : before;
  }

  private boolean mayListen(TransportOptions options) {
    return everywhere || options.insecure();
  }

  private static String exposed(Endpoint endpoint) {
    return "Listening on "
        + endpoint
        + " would let any host send a guest without proving who it is: use a loopback address, tls:,"
        + " or allow it with --insecure";
  }
}
