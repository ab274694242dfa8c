package org.godwit.api.transport;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Makes channels for one URI scheme; registered as a service by each {@code transport.*} bundle.
 *
 * <p>Thread-safe. Connections are independent of each other.
 */
@ConsumerType
public interface Transport {

  /** Service property with the scheme, which users of this service select by. */
  String SCHEME_PROPERTY = "godwit.transport.scheme";

  /** Which side of a migration an endpoint is for. */
  enum Role {
    /** To {@link #connect} and write. */
    SOURCE,
    /** To {@link #listen} and read. */
    DESTINATION
  }

  /**
   * Scheme of this transport, lower case; also the value of {@link #SCHEME_PROPERTY}.
   *
   * @return for example {@code tcp}
   */
  String scheme();

  /**
   * Whether a second {@link #connect} to the same endpoint reaches the same listener as the first,
   * as long as that one listens. Then a connection that breaks at the very end of a migration may
   * be made again.
   *
   * @return false (the default) for files, commands and descriptors, which are there once
   */
  default boolean reconnectable() {
    return false;
  }

  /**
   * Looks at an endpoint without touching any resource.
   *
   * @param endpoint where to
   * @param options options
   * @param role what it will be used for
   * @return empty if it can be tried, else a sentence that says what is wrong and what to do
   */
  Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role);

  /**
   * Opens a channel to a peer (or file, or command) for writing a migration. Interrupting the
   * calling thread ends a blocked attempt at once with {@link TransportException.Reason#ABORTED}.
   *
   * @param peer where to
   * @param options options
   * @return the channel; the caller closes it
   * @throws TransportException if it cannot be opened within the time allowed
   */
  Channel connect(Endpoint peer, TransportOptions options) throws TransportException;

  /**
   * Begins to listen (or opens a file or command for reading a migration; then the first {@link
   * ChannelServer#accept()} returns it and a second one fails).
   *
   * @param local where
   * @param options options
   * @return the server; the caller closes it
   * @throws TransportException if it cannot
   */
  ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException;
}
