package org.godwit.transport.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.tck.FaultPoint;
import org.godwit.tck.FaultPoint.Direction;
import org.godwit.tck.FaultyTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The faulty transport of the tck, over a real one. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultyTransportTest {
  private static final Endpoint WHERE = Endpoint.parse("memory:faults");
  private static final byte[] TEXT = {10, 11, 12, 13, 14, 15, 16, 17};

  private final MemoryTransport memory = new MemoryTransport();
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void stop() {
    memory.stop();
    arena.close();
  }

  private GatherList twoPieces() {
    MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, TEXT);
    GatherList list = new GatherList(2, arena);
    list.add(text, 0, 4);
    list.add(text.asSlice(4), 0, 4);
    return list;
  }

  private byte[] readAll(Channel channel) throws TransportException {
    MemorySegment buffer = arena.allocate(64);
    int total = 0;
    for (int n = 0; n >= 0; n = channel.read(buffer, total, 64 - total)) {
      total += n;
    }
    return buffer.asSlice(0, total).toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void shouldBreakBothEndsAtTheByte() throws Exception {
    FaultyTransport faulty = new FaultyTransport(memory, FaultPoint.cut(Direction.WRITTEN, 6));
    try (ChannelServer server = memory.listen(WHERE, TransportOptions.DEFAULT);
        Channel source = faulty.connect(WHERE, TransportOptions.DEFAULT);
        Channel destination = server.accept()) {
      TransportException cut =
          assertThrows(TransportException.class, () -> source.write(twoPieces()));
      assertEquals(Reason.PEER_GONE, cut.reason());
      assertThrows(TransportException.class, () -> readAll(destination));
      assertThrows(TransportException.class, () -> source.write(twoPieces()));
    }
  }

  @Test
  void shouldHoldBackUntilReleased() throws Exception {
    FaultyTransport faulty = new FaultyTransport(memory, FaultPoint.stall(Direction.WRITTEN, 3));
    try (ChannelServer server = memory.listen(WHERE, TransportOptions.DEFAULT);
        Channel source = faulty.connect(WHERE, TransportOptions.DEFAULT);
        Channel destination = server.accept()) {
      CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> unchecked(destination));
      CompletableFuture<Void> release =
          CompletableFuture.runAsync(
              () -> {
                awaitFault(faulty);
                faulty.release();
              });
      source.write(twoPieces());
      source.endOutput();
      assertArrayEquals(TEXT, read.get());
      release.get();
    }
  }

  private static void awaitFault(FaultyTransport faulty) {
    try {
      faulty.awaitFault();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] unchecked(Channel channel) {
    try {
      return readAll(channel);
    } catch (TransportException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldEndAStallByTimeout() throws Exception {
    TransportOptions brief = TransportOptions.DEFAULT.withIoTimeout(Duration.ofMillis(20));
    FaultyTransport faulty = new FaultyTransport(memory, FaultPoint.stall(Direction.READ, 0));
    try (ChannelServer server = memory.listen(WHERE, brief);
        Channel source = faulty.connect(WHERE, brief);
        Channel destination = server.accept()) {
      destination.write(twoPieces());
      TransportException late = assertThrows(TransportException.class, () -> readAll(source));
      assertEquals(Reason.TIMEOUT, late.reason());
    }
  }

  @Test
  void shouldDamageOneByteOfEitherDirection() throws Exception {
    FaultyTransport faulty =
        new FaultyTransport(
            memory,
            FaultPoint.corrupt(Direction.WRITTEN, 5),
            FaultPoint.corrupt(Direction.READ, 2));
    try (ChannelServer server = memory.listen(WHERE, TransportOptions.DEFAULT);
        Channel source = faulty.connect(WHERE, TransportOptions.DEFAULT);
        Channel destination = server.accept()) {
      source.write(twoPieces());
      source.endOutput();
      assertArrayEquals(new byte[] {10, 11, 12, 13, 14, ~15, 16, 17}, readAll(destination));
      destination.write(twoPieces());
      destination.endOutput();
      assertArrayEquals(new byte[] {10, 11, ~12, 13, 14, 15, 16, 17}, readAll(source));
    }
  }

  @Test
  void shouldEndADirectionEarlyButInOrder() throws Exception {
    FaultyTransport faulty = new FaultyTransport(memory, FaultPoint.end(Direction.WRITTEN, 7));
    try (ChannelServer server = memory.listen(WHERE, TransportOptions.DEFAULT);
        Channel source = faulty.connect(WHERE, TransportOptions.DEFAULT);
        Channel destination = server.accept()) {
      source.write(twoPieces());
      source.write(twoPieces());
      assertArrayEquals(new byte[] {10, 11, 12, 13, 14, 15, 16}, readAll(destination));
    }
  }
}
