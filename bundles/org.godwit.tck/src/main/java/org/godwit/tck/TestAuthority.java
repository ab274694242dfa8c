package org.godwit.transport.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A certificate authority for one test run, made by the JDK's keytool. */
final class TestAuthority {
  private static final String PASSWORD = "for one test run";

  private final Path store;

  TestAuthority(Path directory) throws Exception {
    store = directory.resolve("store.p12");
    generate("ca", "CN=Godwit test authority", "-ext", "bc:c=ca:true", "-ext", "ku:c=keyCertSign");
  }

  /** Writes the files of both roles, as QEMU wants them. */
  Path issueBoth(Path directory, String names, String... more) throws Exception {
    issue(directory, "server", "san=" + names, "eku=serverAuth", more);
    issue(directory, "client", "san=dns:client", "eku=clientAuth", more);
    return directory;
  }

  void issue(Path directory, String role, String names, String usage, String... more)
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

  /** Trusts this authority in a directory whose certificates come from another. */
  void trustIn(Path directory) throws Exception {
    write(directory.resolve("ca-cert.pem"), "CERTIFICATE", load().getCertificate("ca"));
  }

  static String pem(String type, byte[] content) {
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
    String said =
        new String(
            keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed: " + said);
    }
  }
}
