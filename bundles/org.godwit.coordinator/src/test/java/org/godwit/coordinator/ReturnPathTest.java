package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportOptions;
import org.godwit.transport.memory.MemoryTransport;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a source hears. */
@Timeout(30)
class ReturnPathTest {
  private final AtomicInteger loaded = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();

  private final ReturnPath.PostcopyEar counting =
      new ReturnPath.PostcopyEar() {
        @Override
        public void request(String block, long start, long length) {
          requests.incrementAndGet();
        }

        @Override
        public void packageLoaded() {
          loaded.incrementAndGet();
        }

        @Override
        public void arrived(long mark) {}

        @Override
        public void answered(long value) {}
      };

  /** Hears all of it, up to the end. */
  private OptionalLong hear(ReturnPathMessage... messages) throws Exception {
    MemoryTransport link = new MemoryTransport();
    Endpoint here = Endpoint.parse(Rig.URI);
    try (ChannelServer server = link.listen(here, TransportOptions.DEFAULT);
        Channel channel = link.connect(here, TransportOptions.DEFAULT);
        Channel peer = server.accept();
        ReturnPath ear = new ReturnPath(channel, "ear", why -> {}, Long.BYTES)) {
      ear.serve(counting);
      say(peer, messages);
      ear.start();
      ear.awaitEnd(20_000);
      assertEquals(loaded.get() > 0, ear.packageLoaded());
      return ear.shut();
    }
  }

  private static void say(Channel peer, ReturnPathMessage... messages) throws IOException {
    try (GatherWriter out = new GatherWriter(peer, new StallWatch(), false)) {
      ReturnPathWriter writer = new ReturnPathWriter(out);
      for (ReturnPathMessage message : messages) {
        writer.write(message);
      }
      out.flush();
      peer.endOutput();
    }
  }

  /** The guest was taken back: it must not be marked as gone. */
  @Test
  void shouldBelieveNothingBehindARefusal() throws Exception {
    OptionalLong shut =
        hear(
            new ReturnPathMessage.Shut(1),
            new ReturnPathMessage.Pong(Handshake.PACKAGE),
            new ReturnPathMessage.ReqPagesId(0, 4096, "ram0"),
            new ReturnPathMessage.Shut(0));
    assertEquals(OptionalLong.of(1), shut);
    assertEquals(0, loaded.get());
    assertEquals(0, requests.get());
  }

  @Test
  void shouldNotTakeBackSuccess() throws Exception {
    OptionalLong shut =
        hear(
            new ReturnPathMessage.Pong(Handshake.PACKAGE),
            new ReturnPathMessage.Shut(0),
            new ReturnPathMessage.Shut(1),
            new ReturnPathMessage.ReqPagesId(0, 4096, "ram0"));
    assertEquals(OptionalLong.of(0), shut);
    assertEquals(1, loaded.get());
    assertEquals(0, requests.get());
  }
}
