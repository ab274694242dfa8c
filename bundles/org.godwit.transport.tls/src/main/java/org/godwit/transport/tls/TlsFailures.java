package org.godwit.transport.tls;

import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/** What went wrong with TLS, in words that tell what to do. */
final class TlsFailures {
  /** What a peer answers that does not trust or like a certificate. */
  private static final Pattern REFUSED =
      Pattern.compile("Received fatal alert: (\\w+_certificate|certificate_\\w+|unknown_ca)");

  private TlsFailures() {}

  static TransportException of(String peer, SSLException e) {
    String sentence = "TLS with " + peer + " failed: " + meaning(e);
    return new TransportException(Reason.SECURITY, sentence, e);
  }

  static TransportException peerLeft(String peer) {
    return new TransportException(
        Reason.SECURITY,
        "TLS with "
            + peer
            + " failed: the peer ended the connection during the handshake; it may speak plain TCP,"
            + " or refuse our certificate");
  }

  private static String meaning(SSLException e) {
    String said = String.valueOf(e.getMessage());
    if (has(e, CertificateExpiredException.class)) {
      return "the peer's certificate has expired";
    }
    if (has(e, CertificateNotYetValidException.class)) {
      return "the peer's certificate is not valid yet";
    }
    if (said.contains("PKIX path")) {
      return "the peer's certificate was not issued by the authority in ca-cert.pem";
    }
    if (said.contains("No subject alternative") || said.contains("No name matching")) {
      return "the peer's certificate is for another host (" + said + "); tls-hostname tells which";
    }
    if (said.contains("Empty client certificate chain")) {
      return "the peer sent no certificate";
    }
    if (said.contains("Received fatal alert: certificate_required")) {
      return "the peer wants a certificate of this side, and the directory of tls-creds has none"
          + " for it";
    }
    if (REFUSED.matcher(said).find()) {
      return "the peer refused the certificate of this side (" + said + ")";
    }
    if (said.contains("nrecognized SSL message") || said.contains("not an SSL/TLS record")) {
      return "the peer does not speak TLS";
    }
    return said;
  }

  private static boolean has(Throwable e, Class<? extends Throwable> kind) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
