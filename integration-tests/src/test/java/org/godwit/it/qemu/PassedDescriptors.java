package org.godwit.it.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.godwit.linux.Descriptor;
import org.godwit.linux.DescriptorPassing;
import org.godwit.linux.SocketName;
import org.godwit.linux.StreamSocket;

/**
 * A second monitor of a QEMU, through which it is given a descriptor ({@code getfd}) and told to
 * use it: the name is known in the monitor alone that it came through. Used by one thread.
 */
final class PassedDescriptors implements AutoCloseable {
  /** Name of the descriptor at QEMU. */
  static final String URI = "fd:passed";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final StreamSocket monitor;
  private final Arena arena = Arena.ofConfined();

  private PassedDescriptors(StreamSocket monitor) {
    this.monitor = monitor;
  }

  /** Where the second monitor of a QEMU with {@link #arguments} listens. */
  private static Path socket(Path directory) {
    return directory.resolve("passing.sock");
  }

  /** What a QEMU needs on its command line. */
  static String[] arguments(Path directory) {
    return new String[] {"-qmp", "unix:" + socket(directory) + ",server=on,wait=off"};
  }

  static PassedDescriptors to(Path directory) throws IOException {
    SocketName name = new SocketName.Local(socket(directory).toString());
    PassedDescriptors passed =
        new PassedDescriptors(StreamSocket.connect(name, Duration.ofSeconds(10)));
    passed.send("{\"execute\": \"qmp_capabilities\"}\n");
    passed.awaitReturn();
    return passed;
  }

  /** Gives a copy of a descriptor to QEMU and lets it use that in a migration. */
  void use(Descriptor end, String command) throws IOException {
    DescriptorPassing.send(monitor, end.number(), (byte) '{');
    send("\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"passed\"}}\n");
    awaitReturn();
    send("{\"execute\": \"%s\", \"arguments\": {\"uri\": \"%s\"}}\n".formatted(command, URI));
    awaitReturn();
  }

  /** A number of its own for what a descriptor stands for; whoever gets it closes it. */
  static int copy(Descriptor of) throws IOException {
    StreamSocket.Pair sockets = StreamSocket.pair();
    try (StreamSocket sender = sockets.first();
        StreamSocket receiver = sockets.second()) {
      DescriptorPassing.send(sender, of.number(), (byte) 'c');
      return DescriptorPassing.receive(receiver).orElseThrow();
    }
  }

  @Override
  public void close() {
    monitor.close();
    arena.close();
  }

  private void send(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    MemorySegment buffer = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    monitor.descriptor().write(buffer, 0, bytes.length);
  }

  /** Reads messages up to the next answer; events and the greeting come in between. */
  private void awaitReturn() throws IOException {
    for (JsonNode message = message(); !message.has("return"); message = message()) {
      if (message.has("error")) {
        throw new IOException("QEMU says: " + message);
      }
    }
  }

  private JsonNode message() throws IOException {
    StringBuilder line = new StringBuilder();
    MemorySegment one = arena.allocate(1);
    while (line.isEmpty() || line.charAt(line.length() - 1) != '\n') {
      if (monitor.descriptor().read(one, 0, 1) != 1) {
        throw new IOException("QEMU closed its monitor after " + line);
      }
      line.append((char) one.get(ValueLayout.JAVA_BYTE, 0));
    }
    return JSON.readTree(line.toString());
  }
}
