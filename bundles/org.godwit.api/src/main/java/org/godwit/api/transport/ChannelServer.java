package org.godwit.api.transport;

import java.util.function.Consumer;
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

  /**
   * Asks to be told about peers that {@link #accept()} never hands out because they were turned
   * away before, for instance without a good certificate. They keep nobody else from being
   * accepted. A server that turns nobody away need not do anything.
   *
   * @param listener is told why, on any thread; replaces an earlier one, and the log
   */
  default void onRefused(Consumer<TransportException> listener) {}

  /** Stops listening; a blocked {@link #accept()} ends at once. Never throws. */
  @Override
  void close();
}
