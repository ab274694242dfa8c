package org.godwit.transport.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * A file in PEM form: certificates, or a private key in PKCS #8, PKCS #1 or SEC 1.
 *
 * @param path where it is, for messages
 * @param blocks what is in it, in order
 */
record PemFile(Path path, List<Block> blocks) {
  private static final long LARGEST = 1 << 20;
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "DSA");
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /** One block; nobody compares or changes it. */
  @SuppressWarnings("ArrayRecordComponent")
  record Block(String type, byte[] content) {}

  static PemFile read(Path path) throws TransportException {
    try {
      if (Files.size(path) > LARGEST) {
        throw unusable(path, "it is larger than " + LARGEST + " bytes");
      }
      return new PemFile(path, blocks(path, Files.readString(path)));
    } catch (NoSuchFileException e) {
      throw new TransportException(
          Reason.SECURITY, "TLS credentials are incomplete: there is no " + path, e);
    } catch (IOException e) {
      throw e instanceof TransportException known ? known : unreadable(path, e);
    }
  }

  /** All certificates, in order; at least one. */
  List<X509Certificate> certificates() throws TransportException {
    List<X509Certificate> found = new ArrayList<>();
    for (Block block : blocks) {
      if (block.type.equals("CERTIFICATE")) {
        found.add(certificate(block));
      }
    }
    if (found.isEmpty()) {
      throw unusable(path, "it holds no certificate");
    }
    return found;
  }

  /** The first private key. */
  PrivateKey privateKey() throws TransportException {
    for (Block block : blocks) {
      if (block.type.endsWith("PRIVATE KEY")) {
        return key(pkcs8(block));
      }
    }
    throw unusable(path, "it holds no private key");
  }

  private byte[] pkcs8(Block block) throws TransportException {
    try {
      return switch (block.type) {
        case "PRIVATE KEY" -> block.content;
        case "RSA PRIVATE KEY" -> Der.pkcs8OfRsa(block.content);
        case "EC PRIVATE KEY" -> Der.pkcs8OfEc(block.content);
        default -> throw unusable(path, "a key of type \"" + block.type + "\" cannot be read");
      };
    } catch (IllegalArgumentException e) {
      throw unreadable(path, e);
    }
  }

  private PrivateKey key(byte[] pkcs8) throws TransportException {
    GeneralSecurityException last = new InvalidKeySpecException("no algorithm was tried");
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException other) {
        last = other;
      }
    }
    throw new TransportException(
        Reason.SECURITY, path + " holds a private key of none of the kinds " + ALGORITHMS, last);
  }

  private X509Certificate certificate(Block block) throws TransportException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.content));
    } catch (CertificateException e) {
      throw unreadable(path, e);
    }
  }

  private static List<Block> blocks(Path path, String text) throws TransportException {
    List<Block> found = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      try {
        byte[] content = Base64.getMimeDecoder().decode(matcher.group(2).strip());
        found.add(new Block(matcher.group(1), content));
      } catch (IllegalArgumentException e) {
        throw unreadable(path, e);
      }
    }
    return found;
  }

  private static TransportException unusable(Path path, String why) {
    return new TransportException(Reason.SECURITY, "TLS credential " + path + " is bad: " + why);
  }

  private static TransportException unreadable(Path path, Exception e) {
    return new TransportException(Reason.SECURITY, "TLS credential " + path + " is unreadable", e);
  }
}
