package org.godwit.transport.fd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.linux.DescriptorPassing;
import org.godwit.linux.Pipe;
import org.godwit.linux.StreamSocket;
import org.godwit.tck.OneWayTransportContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract over pipes that arrive as passed descriptors; sockets and numbers beside it. */
class FdTransportTest extends OneWayTransportContract {
  @TempDir Path directory;

  private final AtomicInteger names = new AtomicInteger();
  private final FdTransport transport = new FdTransport();

  @Override
  protected Transport transport() {
    return transport;
  }

  @Override
  protected void stop(Transport stopped) {
    ((FdTransport) stopped).stop();
  }

  @Override
  protected Route route() throws Exception {
    int id = names.incrementAndGet();
    StreamSocket.Pair sockets = StreamSocket.pair();
    try (Pipe pipe = Pipe.open();
        StreamSocket sender = sockets.first();
        StreamSocket receiver = sockets.second()) {
      DescriptorPassing.send(sender, pipe.writer().number(), (byte) 'w');
      DescriptorPassing.send(sender, pipe.reader().number(), (byte) 'r');
      transport.receive("writer-" + id, receiver);
      transport.receive("reader-" + id, receiver);
    }
    return new Route(new Endpoint("fd", "writer-" + id), new Endpoint("fd", "reader-" + id), true);
  }

  @Override
  protected void release(Route route) {
    transport.remove(route.source().address());
    transport.remove(route.destination().address());
  }

  @Override
  protected List<Endpoint> malformed() {
    return List.of(new Endpoint("fd", ""), new Endpoint("fd", "-1"), new Endpoint("fd", "7seven"));
  }

  private static void receiveCopy(FdTransport fd, String name, StreamSocket of) throws Exception {
    StreamSocket.Pair sockets = StreamSocket.pair();
    try (StreamSocket sender = sockets.first();
        StreamSocket receiver = sockets.second()) {
      DescriptorPassing.send(sender, of.descriptor().number(), (byte) 's');
      fd.receive(name, receiver);
    }
  }

  @Test
  void shouldUseBothDirectionsOfASocket() throws Exception {
    FdTransport fd = new FdTransport();
    StreamSocket.Pair sockets = StreamSocket.pair();
    try (StreamSocket ours = sockets.first();
        StreamSocket theirs = sockets.second();
        Arena arena = Arena.ofConfined()) {
      receiveCopy(fd, "peer", theirs);
      try (ChannelServer server = fd.listen(new Endpoint("fd", "peer"), TransportOptions.DEFAULT);
          Channel channel = server.accept()) {
        assertTrue(channel.bidirectional());
        ours.descriptor().write(arena.allocateFrom("hello"), 0, 5);
        MemorySegment buffer = arena.allocate(16);
        assertEquals(5, channel.read(buffer, 0, 16));
        GatherList list = new GatherList(1, arena);
        list.add(buffer, 0, 5);
        channel.write(list);
        assertEquals(5, ours.descriptor().read(arena.allocate(16), 0, 16));
      }
    }
  }

  @Test
  void shouldHandANamedDescriptorOutOnce() throws Exception {
    Route route = route();
    try (Channel source = transport.connect(route.source(), TransportOptions.DEFAULT)) {
      TransportException used =
          assertThrows(
              TransportException.class,
              () -> transport.connect(route.source(), TransportOptions.DEFAULT));
      assertEquals(Reason.REFUSED, used.reason());
      assertFalse(source.bidirectional());
    }
    assertTrue(transport.remove(route.destination().address()));
    assertFalse(transport.remove(route.destination().address()));
  }

  @Test
  void shouldRefuseWhatThisProcessOpenedItself() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      Endpoint ours = new Endpoint("fd", Integer.toString(pipe.writer().number()));
      TransportException refused =
          assertThrows(
              TransportException.class, () -> transport.connect(ours, TransportOptions.DEFAULT));
      assertEquals(Reason.REFUSED, refused.reason());
      assertTrue(refused.toString().contains("not started with it"), refused::toString);
    }
    assertThrows(
        TransportException.class,
        () -> transport.connect(new Endpoint("fd", "99999"), TransportOptions.DEFAULT));
  }

  @Test
  void shouldReadFromAnInheritedNumber() throws Exception {
    ProcessBuilder child =
        new ProcessBuilder(
            "/bin/sh",
            "-c",
            "exec \"$0\" --enable-native-access=ALL-UNNAMED -cp \"$1\" \"$2\" 7<\"$3\"",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            System.getProperty("java.class.path"),
            InheritedReader.class.getName(),
            Files.writeString(directory.resolve("inherited"), "from the parent").toString());
    Process process = child.redirectError(Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("from the parent", said);
    assertEquals(0, process.waitFor());
  }

  /** A process of its own: prints what it reads from {@code fd:7}. */
  static final class InheritedReader {
    private InheritedReader() {}

    public static void main(String[] arguments) throws IOException {
      try (Arena arena = Arena.ofConfined();
          ChannelServer server =
              new FdTransport().listen(new Endpoint("fd", "7"), TransportOptions.DEFAULT);
          Channel channel = server.accept()) {
        MemorySegment buffer = arena.allocate(100);
        int n = channel.read(buffer, 0, 99);
        System.out.print(buffer.getString(0).substring(0, n));
      }
    }
  }
}
