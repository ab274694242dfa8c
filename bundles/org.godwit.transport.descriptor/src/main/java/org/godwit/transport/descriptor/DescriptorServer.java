package org.godwit.transport.descriptor;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.linux.Errno;
import org.godwit.linux.LinuxAbortedException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.StreamSocket;

/**
 * Accepts connections of a listening socket. A timeout of reads and writes does not bound {@link
 * #accept()}: a destination waits for its source as long as it wants.
 */
public final class DescriptorServer implements ChannelServer, OpenEnds.End {
  private static final int ECONNABORTED = 103;

  /** Makes a channel of a connected socket, with the options and handshake of its transport. */
  @FunctionalInterface
  public interface Welcome {
    /**
     * Makes the channel; the callee owns the socket, also when it fails.
     *
     * @param socket connected socket
     * @return the channel
     * @throws TransportException if the connection cannot be used
     */
    Channel welcome(StreamSocket socket) throws TransportException;
  }

  private final ListeningSocket socket;
  private final Endpoint local;
  private final OpenEnds owner;
  private final Welcome welcome;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Takes ownership of a listening socket.
   *
   * @param socket listening socket
   * @param local what peers connect to
   * @param owner set that this server enters, and leaves when it is closed
   * @param welcome makes the channels
   */
  public DescriptorServer(ListeningSocket socket, Endpoint local, OpenEnds owner, Welcome welcome) {
    this.socket = socket;
    this.local = local;
    this.owner = owner;
    this.welcome = welcome;
    owner.add(this);
  }

  @Override
  public Endpoint local() {
    return local;
  }

  @Override
  public Channel accept() throws TransportException {
    Optional<Channel> channel = Optional.empty();
    while (channel.isEmpty()) {
      channel = welcomed();
    }
    return channel.get();
  }

  private Optional<Channel> welcomed() throws TransportException {
    try {
      return usable(socket.accept());
    } catch (LinuxAbortedException e) {
      throw new TransportException(Reason.ABORTED, "Listening on " + local + " was ended", e);
    } catch (LinuxException e) {
      if (!peerLeftBeforeAccept(e)) {
        throw Failures.broken("accept on " + local, e);
      }
      return Optional.empty();
    }
  }

  /** Empty if the peer has reset the connection already: that harms nobody but itself. */
  private Optional<Channel> usable(StreamSocket connected) throws TransportException {
    try {
      return Optional.of(welcome.welcome(connected));
    } catch (TransportException e) {
      if (e.reason() == Reason.ABORTED) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static boolean peerLeftBeforeAccept(LinuxException e) {
    return e.errno() == ECONNABORTED || e.errno() == Errno.EINTR;
  }

  @Override
  public void abort(String why) {
    close();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      owner.remove(this);
      socket.close();
    }
  }
}
