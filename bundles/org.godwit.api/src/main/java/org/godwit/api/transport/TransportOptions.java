package org.godwit.api.transport;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a transport must know besides the endpoint.
 *
 * @param connectTimeout longest time for connecting, name resolution and handshakes included
 * @param ioTimeout longest time that one read or write may make no progress; zero means no limit
 * @param insecure listening without TLS on an address that is not loopback is allowed
 * @param tlsCredentials directory with {@code ca-cert.pem}, {@code server-cert.pem}, {@code
 *     server-key.pem}, {@code client-cert.pem}, {@code client-key.pem} as QEMU's {@code
 *     tls-creds-x509}
 * @param tlsHostname name to verify instead of the one in the endpoint
 */
public record TransportOptions(
    Duration connectTimeout,
    Duration ioTimeout,
    boolean insecure,
    Optional<Path> tlsCredentials,
    Optional<String> tlsHostname) {
  /** Ten seconds to connect, no limit for reads and writes, loopback only, no TLS. */
  public static final TransportOptions DEFAULT =
      new TransportOptions(
          Duration.ofSeconds(10), Duration.ZERO, false, Optional.empty(), Optional.empty());

  /**
   * The same with another limit for reads and writes.
   *
   * @param timeout longest time without progress; zero means no limit
   * @return new options
   */
  public TransportOptions withIoTimeout(Duration timeout) {
    return new TransportOptions(connectTimeout, timeout, insecure, tlsCredentials, tlsHostname);
  }
}
