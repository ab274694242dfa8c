package org.godwit.transport.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.tck.OneWayTransportContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTransportTest extends OneWayTransportContract {
  @TempDir Path directory;

  private final AtomicInteger names = new AtomicInteger();

  @Override
  protected Transport transport() {
    return new FileTransport();
  }

  @Override
  protected void stop(Transport transport) {
    ((FileTransport) transport).stop();
  }

  @Override
  protected Route route() {
    Endpoint file = endpoint("f" + names.incrementAndGet() + ",offset=0x1000");
    return new Route(file, file, false);
  }

  @Override
  protected List<Endpoint> malformed() {
    return List.of(
        new Endpoint("file", ""),
        new Endpoint("file", ",offset=1"),
        new Endpoint("file", "x,offset=-1"),
        new Endpoint("file", "x,offset=8388608T"));
  }

  private Endpoint endpoint(String name) {
    return new Endpoint("file", directory.resolve(name).toString());
  }

  private static void write(Endpoint where, String text) throws TransportException {
    try (Arena arena = Arena.ofConfined();
        Channel channel = new FileTransport().connect(where, TransportOptions.DEFAULT)) {
      MemorySegment bytes = arena.allocateFrom(text);
      GatherList list = new GatherList(1, arena);
      list.add(bytes, 0, bytes.byteSize() - 1);
      channel.write(list);
      channel.endOutput();
    }
  }

  @Test
  void shouldKeepWhatIsBeforeTheOffsetAndReplaceTheRest() throws Exception {
    Path file = directory.resolve("kept");
    Files.writeString(file, "HEADER and an older, longer stream");
    write(endpoint("kept,offset=6"), ":new");
    assertEquals("HEADER:new", Files.readString(file));
    write(endpoint("kept,offset=08"), "!");
    assertEquals("HEADER:n!", Files.readString(file));
    write(endpoint("kept"), "all");
    assertEquals("all", Files.readString(file));
  }

  @Test
  void shouldSayThatTheDiskIsFull() {
    TransportException full =
        assertThrows(TransportException.class, () -> write(Endpoint.parse("file:/dev/full"), "x"));
    assertEquals(Reason.NO_SPACE, full.reason());
    assertTrue(full.toString().contains("No space left"), full::toString);
  }

  @Test
  void shouldNameAFileThatCannotBeOpened() {
    TransportException missing =
        assertThrows(
            TransportException.class,
            () -> new FileTransport().listen(endpoint("missing"), TransportOptions.DEFAULT));
    assertEquals(Reason.ENVIRONMENT, missing.reason());
    assertTrue(missing.toString().contains("missing"), missing::toString);
    assertThrows(
        TransportException.class,
        () -> new FileTransport().connect(endpoint("."), TransportOptions.DEFAULT));
  }
}
