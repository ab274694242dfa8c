package org.godwit.transport.descriptor;

import java.net.InetAddress;
import java.util.Optional;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport.Role;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * A TCP address as migration URIs write it: {@code HOST:PORT}, {@code [IPV6]:PORT} or {@code
 * :PORT}.
 *
 * @param host name or literal address; empty for loopback (or, listening insecurely, any address)
 * @param port 0 to 65535; 0 lets a listener choose
 */
public record TcpAddress(String host, int port) {
  private static final String FORM = "expected HOST:PORT, [IPV6]:PORT or :PORT";

  /**
   * Cuts the address of an endpoint.
   *
   * @param endpoint endpoint with a TCP address
   * @param role connecting needs a port, listening may leave the choice
   * @return the address
   * @throws TransportException with {@link Reason#BAD_ADDRESS} and what is wrong
   */
  public static TcpAddress parse(Endpoint endpoint, Role role) throws TransportException {
    String text = endpoint.address();
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw bad(endpoint, "it has no port; " + FORM);
    }
    int port = port(endpoint, text.substring(colon + 1), role);
    return new TcpAddress(host(endpoint, text.substring(0, colon)), port);
  }

  /**
   * Whether the address stands for this host alone, as far as can be told without resolving.
   *
   * @return empty if the host is a name that must be resolved first
   */
  public Optional<Boolean> loopback() {
    if (host.isEmpty() || host.equals("localhost")) {
      return Optional.of(true);
    }
    return literal().map(InetAddress::isLoopbackAddress);
  }

  /**
   * The address, if the host is written as a number.
   *
   * @return empty for names
   */
  public Optional<InetAddress> literal() {
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException name) {
      return Optional.empty();
    }
  }

  private static int port(Endpoint endpoint, String text, Role role) throws TransportException {
    int least = role == Role.SOURCE ? 1 : 0;
    if (!text.matches("[0-9]{1,5}")) {
      throw bad(endpoint, "\"" + text + "\" is no port number; " + FORM);
    }
    int port = Integer.parseInt(text);
    if (port < least || port > 0xffff) {
      throw bad(endpoint, "port " + port + " is outside " + least + "..65535");
    }
    return port;
  }

  private static String host(Endpoint endpoint, String text) throws TransportException {
    boolean bracketed = text.startsWith("[") && text.endsWith("]");
    String host = bracketed ? text.substring(1, text.length() - 1) : text;
    if (host.contains(":") != bracketed || host.matches(".*[\\s,\\[\\]/].*")) {
      throw bad(endpoint, "\"" + text + "\" is no host name or address; " + FORM);
    }
    return host;
  }

  private static TransportException bad(Endpoint endpoint, String why) {
    return new TransportException(Reason.BAD_ADDRESS, "Bad address " + endpoint + ": " + why);
  }
}
