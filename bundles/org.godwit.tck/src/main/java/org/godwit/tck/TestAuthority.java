package org.godwit.tck;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A certificate authority for one test run, made by the JDK's keytool. Its files are laid out as
 * QEMU's {@code tls-creds-x509} wants them. Used by one thread.
 */
public final class TestAuthority {
  private static final String PASSWORD = "for one test run";

  private final Path store;

  /**
   * Makes the authority.
   *
   * @param directory where its keys are kept, an existing directory
   * @throws Exception if keytool fails
   */
  public TestAuthority(Path directory) throws Exception {
    store = directory.resolve("store.p12");
    generate("ca", "CN=Godwit test authority", "-ext", "bc:c=ca:true", "-ext", "ku:c=keyCertSign");
  }

  /**
   * Writes the files of both roles.
   *
   * @param directory where; made if it does not exist
   * @param names alternative names of the server, as keytool's {@code san}
   * @param more further options of keytool
   * @return the directory
   * @throws Exception if keytool fails or a file cannot be written
   */
  public Path issueBoth(Path directory, String names, String... more) throws Exception {
    issue(directory, "server", "san=" + names, "eku=serverAuth", more);
    issue(directory, "client", "san=dns:client", "eku=clientAuth", more);
    return directory;
  }

  /**
   * Writes the files of one role.
   *
   * @param directory where; made if it does not exist
   * @param role {@code server} or {@code client}
   * @param names alternative names, as keytool's extension {@code san=…}
   * @param usage what the key is for, as keytool's extension {@code eku=…}
   * @param more further options of keytool
   * @throws Exception if keytool fails or a file cannot be written
   */
  public void issue(Path directory, String role, String names, String usage, String... more)
      throws Exception {
    Files.createDirectories(directory);
    String alias = role + "-" + directory.getFileName();
    List<String> options = new ArrayList<>(List.of(more));
    options.addAll(List.of("-signer", "ca", "-ext", names, "-ext", usage));
    options.addAll(List.of("-ext", "ku:c=digitalSignature,keyEncipherment"));
    generate(alias, "CN=" + role, options.toArray(new String[0]));
    KeyStore keys = load();
    write(directory.resolve("ca-cert.pem"), "CERTIFICATE", keys.getCertificate("ca"));
    write(directory.resolve(role + "-cert.pem"), "CERTIFICATE", keys.getCertificate(alias));
    byte[] key = keys.getKey(alias, PASSWORD.toCharArray()).getEncoded();
    Files.writeString(directory.resolve(role + "-key.pem"), pem("PRIVATE KEY", key));
  }

  /**
   * Trusts this authority in a directory whose certificates come from another.
   *
   * @param directory an existing directory
   * @throws Exception if the file cannot be written
   */
  public void trustIn(Path directory) throws Exception {
    write(directory.resolve("ca-cert.pem"), "CERTIFICATE", load().getCertificate("ca"));
  }

  /**
   * Text of a PEM file.
   *
   * @param type what it holds, for example {@code CERTIFICATE}
   * @param content its bytes
   * @return lines with the markers around them
   */
  public static String pem(String type, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(type, Base64.getMimeEncoder().encodeToString(content), type);
  }

  private static void write(Path path, String type, Certificate certificate) throws Exception {
    Files.writeString(path, pem(type, certificate.getEncoded()));
  }

  private KeyStore load() throws Exception {
    return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
  }

  private void generate(String alias, String name, String... more) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-genkeypair", "-alias", alias));
    command.addAll(List.of("-dname", name, "-keyalg", "RSA", "-keysize", "2048"));
    command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
    command.addAll(List.of("-storetype", "PKCS12"));
    command.addAll(List.of(more));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed: " + said);
    }
  }
}
