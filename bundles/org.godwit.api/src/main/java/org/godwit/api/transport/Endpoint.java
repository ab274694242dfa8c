package org.godwit.api.transport;

import java.util.Locale;

/**
 * Where a channel leads: a QEMU migration URI ({@code tcp:HOST:PORT}, {@code unix:PATH}, {@code
 * exec:COMMAND}, {@code fd:NAME}, {@code file:PATH[,offset=N]} …).
 *
 * @param scheme what is before the first colon, lower case
 * @param address what is behind it, in the syntax of the scheme
 */
public record Endpoint(String scheme, String address) {

  /**
   * Cuts a URI.
   *
   * @param uri scheme, colon, address
   * @return the endpoint
   * @throws IllegalArgumentException if there is no scheme
   */
  public static Endpoint parse(String uri) {
    int colon = uri.indexOf(':');
    if (colon < 1 || !uri.substring(0, colon).matches("[a-zA-Z][a-zA-Z0-9+.-]*")) {
      throw new IllegalArgumentException(
          "\"" + uri + "\" is no migration URI; expected scheme:address, like tcp:127.0.0.1:4444");
    }
    return new Endpoint(uri.substring(0, colon).toLowerCase(Locale.ROOT), uri.substring(colon + 1));
  }

  @Override
  public String toString() {
    return scheme + ":" + address;
  }
}
