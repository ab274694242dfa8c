package org.godwit.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;
import org.godwit.tck.TestAuthority;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real QEMU at the other end, with its own {@code tls-creds-x509}. Skipped where there is none.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QemuTlsTest {
  private static final String QEMU = "qemu-system-x86_64";
  private static final Pattern PORT = Pattern.compile("\"port\": ?\"(\\d+)\"");
  private static final byte[] MAGIC = {'Q', 'E', 'V', 'M'};

  @TempDir static Path directory;

  private static Path credentials = Path.of("");

  private final TlsTransport tls = new TlsTransport();
  private final List<Qemu> running = new ArrayList<>();

  @BeforeAll
  static void issueCertificates() throws Exception {
    assumeTrue(installed(), QEMU + " is not installed");
    TestAuthority authority = new TestAuthority(Files.createDirectory(directory.resolve("ca")));
    credentials = authority.issueBoth(directory.resolve("creds"), "ip:127.0.0.1,dns:localhost");
  }

  private static boolean installed() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(each -> Files.isExecutable(Path.of(each, QEMU)));
  }

  @AfterEach
  void stop() throws Exception {
    for (Qemu qemu : running) {
      qemu.close();
    }
    tls.stop();
  }

  @Test
  void shouldTakeAStreamFromQemuAndGiveItToAnother() throws Exception {
    byte[] stream = receive();
    assertTrue(Arrays.equals(stream, 0, 4, MAGIC, 0, 4), "begins with the magic of the stream");
    give(stream);
  }

  private byte[] receive() throws Exception {
    try (ChannelServer server = tls.listen(Endpoint.parse("tls:127.0.0.1:0"), options());
        Arena arena = Arena.ofConfined()) {
      Qemu source = start("client", List.of());
      source.execute("migrate-set-parameters", "{\"tls-creds\":\"tls0\"}");
      source.execute("migrate", "{\"uri\":\"tcp:" + server.local().address() + "\"}");
      try (Channel channel = server.accept()) {
        byte[] stream = readAll(channel, arena);
        source.await("query-migrate", "completed");
        return stream;
      }
    }
  }

  private void give(byte[] stream) throws Exception {
    Qemu destination = start("server", List.of("-incoming", "defer"));
    destination.execute("migrate-set-parameters", "{\"tls-creds\":\"tls0\"}");
    destination.execute("migrate-incoming", "{\"uri\":\"tcp:127.0.0.1:0\"}");
    Matcher port = PORT.matcher(destination.execute("query-migrate", "{}"));
    assertTrue(port.find(), "QEMU tells its port");
    try (Channel channel =
            tls.connect(Endpoint.parse("tls:127.0.0.1:" + port.group(1)), options());
        Arena arena = Arena.ofConfined()) {
      GatherList list = new GatherList(1, arena);
      list.add(arena.allocateFrom(ValueLayout.JAVA_BYTE, stream), 0, stream.length);
      channel.write(list);
      channel.endOutput();
      destination.await("query-migrate", "completed");
    }
    assertTrue(destination.process.isAlive());
  }

  private static byte[] readAll(Channel channel, Arena arena) throws TransportException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    MemorySegment buffer = arena.allocate(1 << 16);
    for (int n = 0; n >= 0; n = channel.read(buffer, 0, 1 << 16)) {
      bytes.writeBytes(buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE));
    }
    return bytes.toByteArray();
  }

  private static TransportOptions options() {
    return new TransportOptions(
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        false,
        Optional.of(credentials),
        Optional.empty());
  }

  private Qemu start(String endpoint, List<String> more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(QEMU, "-M", "pc", "-accel", "tcg", "-m", "16", "-nodefaults", "-S"));
    command.addAll(List.of("-display", "none", "-qmp", "stdio", "-object"));
    command.add(
        "tls-creds-x509,id=tls0,verify-peer=on,endpoint=" + endpoint + ",dir=" + credentials);
    command.addAll(more);
    Qemu qemu = new Qemu(new ProcessBuilder(command).redirectErrorStream(true).start());
    running.add(qemu);
    qemu.execute("qmp_capabilities", "{}");
    return qemu;
  }

  /** Just enough QMP. */
  private static final class Qemu implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final Writer commands;

    Qemu(Process process) {
      this.process = process;
      this.answers = process.inputReader();
      this.commands = process.outputWriter();
    }

    String execute(String command, String arguments) throws IOException {
      commands.write("{\"execute\":\"" + command + "\",\"arguments\":" + arguments + "}\n");
      commands.flush();
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith("{\"return\"")) {
          return line;
        }
        if (!line.startsWith("{\"timestamp\"") && !line.startsWith("{\"QMP\"")) {
          throw new IOException("QEMU says: " + line);
        }
      }
      throw new IOException("QEMU has ended");
    }

    void await(String command, String status) throws IOException {
      String answer = execute(command, "{}");
      while (!answer.contains("\"" + status + "\"")) {
        assertEquals(-1, answer.indexOf("\"failed\""), answer);
        answer = execute(command, "{}");
      }
    }

    @Override
    public void close() {
      process.destroyForcibly();
      try {
        int status = process.waitFor();
        assertTrue(status != 0, "it was killed");
        answers.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
