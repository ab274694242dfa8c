package org.godwit.example.gzip;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;
import org.godwit.tck.OneWayTransportContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract does nearly all of it. */
class GzipTransportTest extends OneWayTransportContract {
  @TempDir Path directory;

  private final AtomicInteger names = new AtomicInteger();

  @Override
  protected Transport transport() {
    return new GzipTransport();
  }

  @Override
  protected void stop(Transport transport) {
    ((GzipTransport) transport).stop();
  }

  @Override
  protected Route route() {
    Path file = directory.resolve(names.incrementAndGet() + ".gz");
    Endpoint endpoint = new Endpoint("gzip", file.toString());
    return new Route(endpoint, endpoint, false);
  }

  @Override
  protected List<Endpoint> malformed() {
    return List.of(new Endpoint("gzip", ""), new Endpoint("gzip", " "));
  }

  @Test
  void shouldNotTakeHalfAFileForAWholeStream() throws Exception {
    Route route = route();
    Path file = Path.of(route.source().address());
    try (Arena arena = Arena.ofConfined();
        Channel source = new GzipTransport().connect(route.source(), TransportOptions.DEFAULT)) {
      GatherList list = new GatherList(1, arena);
      list.add(arena.allocate(100_000), 0, 100_000);
      source.write(list);
      source.endOutput();
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(whole, whole.length - 10));
      assertThrows(TransportException.class, () -> readAll(route.destination(), arena));
    }
  }

  private static void readAll(Endpoint where, Arena arena) throws TransportException {
    try (ChannelServer server = new GzipTransport().listen(where, TransportOptions.DEFAULT);
        Channel destination = server.accept()) {
      MemorySegment buffer = arena.allocate(1 << 16);
      int n = 0;
      while (n >= 0) {
        n = destination.read(buffer, 0, 1 << 16);
      }
    }
  }
}
