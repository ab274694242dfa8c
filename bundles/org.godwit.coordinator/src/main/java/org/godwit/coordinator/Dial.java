package org.godwit.coordinator;

import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.Settings;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportOptions;

/**
 * How a peer is reached.
 *
 * @param transport moves the bytes
 * @param peer where it is
 * @param options for the transport
 */
record Dial(Lease<Transport> transport, Endpoint peer, TransportOptions options) {
  /** Finds out how a peer is reached, with the transports that are there now. Thread-safe. */
  @FunctionalInterface
  interface Directory {
    /**
     * Looks it up.
     *
     * @throws MigrationException with fault REQUEST if it cannot be reached from here
     */
    Dial find(String uri, Settings settings) throws MigrationException;
  }
}
