package org.godwit.api.transport;

import org.osgi.annotation.versioning.ConsumerType;

/** Accepts connections. One thread accepts; any thread may close. */
@ConsumerType
public interface ChannelServer extends AutoCloseable {

  /**
   * Where this server listens, with the real port if 0 was asked for.
   *
   * @return endpoint that a peer can connect to
   */
  Endpoint local();

  /**
   * Waits for a peer.
   *
   * @return the connection
   * @throws TransportException if the server was closed ({@link TransportException.Reason#ABORTED})
   *     or the platform failed
   */
  Channel accept() throws TransportException;

  /** Stops listening; a blocked {@link #accept()} ends at once. Never throws. */
  @Override
  void close();
}
