package org.godwit.transport.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * Certificates and keys of one role, from a directory laid out as for QEMU's {@code
 * tls-creds-x509}. Read anew for each connection or server, so that renewed files take effect.
 */
final class Credentials {
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  /** Seconds; TLS 1.3 allows seven days for a ticket, and the JDK sends none beyond. */
  private static final int LONGER_THAN_TICKETS_LIVE = 8 * 24 * 3600;

  private static final char[] NO_PASSWORD = {};

  private final SSLContext context;

  private Credentials(SSLContext context) {
    this.context = context;
  }

  /** For connecting; a directory without a client certificate will do if the server wants none. */
  static Credentials ofClient(Path directory) throws TransportException {
    boolean own = Files.exists(directory.resolve("client-cert.pem"));
    return new Credentials(context(directory, own ? "client" : ""));
  }

  /** For listening. */
  static Credentials ofServer(Path directory) throws TransportException {
    return new Credentials(context(directory, "server"));
  }

  /** An engine that insists on a server whose certificate carries that name. */
  SSLEngine client(String hostname, int port) {
    SSLEngine engine = context.createSSLEngine(hostname, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setProtocols(VERSIONS);
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** An engine that insists on a client with a certificate of our authority. */
  SSLEngine server() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setNeedClientAuth(true);
    parameters.setProtocols(VERSIONS);
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static SSLContext context(Path directory, String role) throws TransportException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManager[] keys = role.isEmpty() ? new KeyManager[0] : keys(directory, role);
      context.init(keys, trust(directory), null);
      // A source without return path reads nothing. Tickets for later sessions would lie unread
      // when
      // it closes, its kernel would reset the connection, and the end of its stream could get lost.
      context.getServerSessionContext().setSessionTimeout(LONGER_THAN_TICKETS_LIVE);
      return context;
    } catch (TransportException e) {
      throw e;
    } catch (GeneralSecurityException | IOException e) {
      throw new TransportException(
          Reason.SECURITY, "TLS credentials of " + directory + " cannot be used", e);
    }
  }

  private static TrustManager[] trust(Path directory) throws GeneralSecurityException, IOException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(authorities(directory));
    List<TrustManager> managers = new ArrayList<>();
    for (TrustManager manager : factory.getTrustManagers()) {
      boolean extended = manager instanceof X509ExtendedTrustManager;
      managers.add(extended ? new UnnamedAuthorities((X509ExtendedTrustManager) manager) : manager);
    }
    return managers.toArray(new TrustManager[0]);
  }

  private static KeyStore authorities(Path directory) throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    int count = 0;
    for (X509Certificate authority :
        PemFile.read(directory.resolve("ca-cert.pem")).certificates()) {
      store.setCertificateEntry("ca-" + count++, authority);
    }
    return store;
  }

  private static KeyManager[] keys(Path directory, String role)
      throws GeneralSecurityException, IOException {
    List<X509Certificate> chain =
        PemFile.read(directory.resolve(role + "-cert.pem")).certificates();
    KeyStore store = empty();
    store.setKeyEntry(
        role,
        PemFile.read(directory.resolve(role + "-key.pem")).privateKey(),
        NO_PASSWORD,
        chain.toArray(new X509Certificate[0]));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, NO_PASSWORD);
    return keys.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
