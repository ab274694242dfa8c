package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.godwit.it.program.Godwit;
import org.godwit.tck.TestAuthority;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program's {@code receive} and {@code send} with certificates, with QEMU 10.0 and alone. */
@Timeout(180)
class TlsProgramIT {
  private static final QemuRelease QEMU = QemuRelease.V10_0;
  private static final GuestMachine MACHINE = GuestMachine.PC;
  private static final Path NONE = Path.of("");
  private static final String WAITING = "Waiting for a guest at tls:";

  @TempDir static Path shared;
  @TempDir Path folder;

  private static Path ours = Path.of("");
  private static Path strangers = Path.of("");
  private static Path nameless = Path.of("");
  private static Path impostors = Path.of("");

  /** Credentials of our authority, of another one, and mixed. */
  @BeforeAll
  static void issueCertificates() throws Exception {
    TestAuthority authority = new TestAuthority(Files.createDirectory(shared.resolve("ca")));
    TestAuthority other = new TestAuthority(Files.createDirectory(shared.resolve("other-ca")));
    ours = authority.issueBoth(shared.resolve("ours"), "ip:127.0.0.1");
    strangers = other.issueBoth(shared.resolve("strangers"), "ip:127.0.0.1");
    nameless = Files.createDirectory(shared.resolve("nameless"));
    authority.trustIn(nameless);
    impostors = other.issueBoth(shared.resolve("impostors"), "ip:127.0.0.1");
    authority.trustIn(impostors);
  }

  @Test
  void shouldCarryAGuestFromQemuToQemuOverTwoImages() throws Exception {
    byte[] memory;
    String before;
    Path first = folder.resolve("first");
    try (TestGuest source = guest("client", false);
        Godwit receive = receive(first, ours)) {
      source.awaitRounds(2);
      source.stop();
      source.migration().capability("return-path", true);
      source.migration().migrate("tcp:" + address(receive));
      assertEquals("completed", source.migration().awaitEnd(TestGuest.LIMIT).status());
      assertEquals(0, receive.await(), receive::toString);
      memory = source.memory();
      before = source.output();
    }
    Path second = folder.resolve("second");
    try (Godwit receive = receive(second, ours)) {
      send(0, "", first, "tls:" + address(receive), ours);
      assertEquals(0, receive.await());
    }
    try (TestGuest destination = guest("server", true)) {
      destination.migration().incoming("tcp:127.0.0.1:0");
      String port = destination.migration().addresses().getFirst().path("port").asText();
      send(0, "", second, "tcp:127.0.0.1:" + port, ours);
      assertEquals("completed", destination.migration().awaitEnd(TestGuest.LIMIT).status());
      assertArrayEquals(memory, destination.memory());
      destination.go();
      destination.awaitRounds(2);
      TestGuest.assertContinuous(before, destination.output());
    }
  }

  @Test
  @Tag("full")
  void shouldTurnAwayPeersThatProveNothingAndTakeTheNext() throws Exception {
    Path image = folder.resolve("image");
    try (TestGuest source = guest("client", false);
        Godwit receive = receive(image, ours)) {
      source.stop();
      source.migration().migrate("tcp:" + address(receive));
      assertEquals(0, receive.await());
    }
    try (Godwit receive = receive(folder.resolve("copy"), ours)) {
      String uri = "tls:" + address(receive);
      send(
          1,
          "there is no " + shared.resolve("none/ca-cert.pem"),
          image,
          uri,
          shared.resolve("none"));
      send(1, "was not issued by the authority in ca-cert.pem", image, uri, strangers);
      send(2, "needs certificates: parameter tls-creds must name a directory", image, uri, NONE);
      send(1, "the peer wants a certificate of this side", image, uri, nameless);
      send(1, "the peer refused the certificate of this side", image, uri, impostors);
      send(0, "", image, uri, ours);
      assertEquals(0, receive.await());
    }
  }

  @Tag("full")
  @ParameterizedTest
  @CsvSource({
    ", needs certificates: parameter tls-creds must name a directory, 2",
    "none, there is no, 1",
    "nameless, there is no, 1",
  })
  void shouldSayInOneSentenceWhatIsMissing(String credentials, String sentence, int status)
      throws Exception {
    Path image = folder.resolve("image");
    List<String> words = words("receive", "tls:127.0.0.1:0", "--image", image.toString());
    if (credentials != null) {
      words.addAll(parameter(shared.resolve(credentials)));
    }
    try (Godwit godwit = Godwit.start(folder, words.toArray(String[]::new))) {
      assertEquals(status, godwit.await());
      assertSentence("receive", sentence, godwit);
    }
    assertFalse(Files.exists(image));
  }

  private void send(int status, String sentence, Path image, String uri, Path credentials)
      throws Exception {
    List<String> words = words("send", image.toString(), uri);
    words.addAll(credentials.equals(NONE) ? List.of() : parameter(credentials));
    try (Godwit send = Godwit.start(folder, words.toArray(String[]::new))) {
      assertEquals(status, send.await(), send.err());
      if (status != 0) {
        assertSentence("send", sentence, send);
      }
    }
  }

  private static void assertSentence(String command, String sentence, Godwit ended)
      throws Exception {
    // lines of progress may come first, where it takes long
    List<String> failures = ended.err().lines().filter(l -> l.startsWith("godwit: ")).toList();
    assertEquals(1, failures.size(), ended.err());
    assertTrue(failures.getFirst().startsWith("godwit: " + command + ": "), ended.err());
    assertTrue(failures.getFirst().contains(sentence), ended.err());
    assertTrue(ended.err().endsWith(failures.getFirst() + "\n"), ended.err());
    assertEquals("", ended.out());
  }

  private Godwit receive(Path image, Path credentials) throws Exception {
    List<String> words = words("receive", "tls:127.0.0.1:0", "--image", image.toString());
    words.addAll(parameter(credentials));
    Godwit receive = Godwit.start(folder, words.toArray(String[]::new));
    receive.awaitText(WAITING);
    return receive;
  }

  /** Host and port where it waits. */
  private static String address(Godwit receive) throws Exception {
    String said = receive.err();
    int begin = said.indexOf(WAITING) + WAITING.length();
    return said.substring(begin, said.indexOf('\n', begin));
  }

  private static List<String> words(String... words) {
    return new ArrayList<>(List.of(words));
  }

  private static List<String> parameter(Path credentials) {
    return List.of("--parameter", "tls-creds=" + credentials);
  }

  private TestGuest guest(String role, boolean waiting) throws Exception {
    var command =
        TestGuest.command(QEMU, MACHINE, folder)
            .with(
                "-object",
                "tls-creds-x509,id=tls0,verify-peer=on,endpoint=" + role + ",dir=" + ours);
    TestGuest guest = TestGuest.start(waiting ? command.waitForGuest() : command);
    guest.migration().parameter("tls-creds", "tls0");
    return guest;
  }
}
