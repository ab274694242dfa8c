package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DescriptorTest {
  private static final int BIG = 4 << 20;
  private static final Executor THREADS = task -> Thread.ofPlatform().daemon().start(task);

  private StreamSocket.Pair pair;
  private Arena arena;

  @BeforeEach
  void open() throws LinuxException {
    pair = StreamSocket.pair();
    arena = Arena.ofShared();
  }

  @AfterEach
  void close() {
    pair.first().close();
    pair.second().close();
    arena.close();
  }

  @Test
  void shouldMoveEveryByteOfAGatheringWriteLargerThanTheBuffers() throws Exception {
    MemorySegment source = pattern();
    Iovecs iovecs = scattered(source);
    CompletableFuture<Void> writer = run(() -> first().writev(iovecs, iovecs.capacity()));
    MemorySegment target = arena.allocate(BIG);
    assertEquals(BIG, second().readFully(target, 0, BIG));
    writer.get(30, TimeUnit.SECONDS);
    assertEquals(-1, source.mismatch(target));
  }

  @Test
  void shouldScatterWhatItReads() throws Exception {
    first().write(arena.allocateFrom("headbody"), 0, 8);
    Iovecs iovecs = Iovecs.allocate(arena, 2);
    MemorySegment head = arena.allocate(4);
    MemorySegment body = arena.allocate(16);
    iovecs.set(0, head, 0, 4);
    iovecs.set(1, body, 0, 16);
    assertEquals(8, second().readv(iovecs, 0, 2));
    assertArrayEquals(new byte[] {0x68, 0x65, 0x61, 0x64}, head.toArray(ValueLayout.JAVA_BYTE));
    assertEquals("body", body.getString(0));
  }

  @Test
  void shouldReportTheEndOfTheStream() throws Exception {
    first().shutdown(Descriptor.Direction.WRITE);
    assertEquals(Descriptor.END, second().read(arena.allocate(1), 0, 1));
    assertEquals(0, second().readFully(arena.allocate(1), 0, 1));
  }

  @Test
  void shouldTimeOutWhenNothingArrives() {
    second().timeout(Duration.ofMillis(20));
    MemorySegment buffer = arena.allocate(1);
    assertThrows(LinuxTimeoutException.class, () -> second().read(buffer, 0, 1));
  }

  @Test
  void shouldTimeOutWhenThePeerNeverReads() {
    first().timeout(Duration.ofMillis(20));
    MemorySegment buffer = arena.allocate(BIG);
    assertThrows(LinuxTimeoutException.class, () -> first().write(buffer, 0, BIG));
  }

  @Test
  void shouldTimeOutAsAWholeWhenBytesTrickle() throws Exception {
    first().timeout(Duration.ofMillis(50));
    MemorySegment buffer = arena.allocate(BIG);
    CompletableFuture<Void> reader =
        run(
            () -> {
              MemorySegment one = arena.allocate(16);
              long got;
              do {
                got = second().read(one, 0, 16);
              } while (got != Descriptor.END);
            });
    assertThrows(
        LinuxTimeoutException.class,
        () -> {
          for (int i = 0; i < 1000; i++) {
            first().write(buffer, 0, BIG);
          }
        });
    first().close();
    reader.get(30, TimeUnit.SECONDS);
  }

  @Test
  void shouldEndABlockedReadWhenAborted() throws Exception {
    assertEnds(() -> second().abort());
    assertTrue(second().aborted());
  }

  @Test
  void shouldEndABlockedReadWhenClosed() throws Exception {
    assertEnds(() -> second().close());
  }

  private void assertEnds(Action ending) throws Exception {
    MemorySegment buffer = arena.allocate(1);
    CompletableFuture<Void> reader = run(() -> second().read(buffer, 0, 1));
    ending.run();
    CompletionException e = assertThrows(CompletionException.class, reader::join);
    assertTrue(e.getCause() instanceof LinuxAbortedException, () -> "" + e.getCause());
  }

  @Test
  void shouldRefuseOperationsAfterAbortAndClose() {
    first().abort();
    MemorySegment buffer = arena.allocate(1);
    assertThrows(LinuxAbortedException.class, () -> first().write(buffer, 0, 1));
    second().close();
    second().close();
    assertThrows(LinuxAbortedException.class, () -> second().read(buffer, 0, 1));
  }

  @Test
  void shouldReleaseItsNumbersWhenClosed() throws Exception {
    int before = openNumbers();
    for (int i = 0; i < 100; i++) {
      try (Pipe pipe = Pipe.open()) {
        assertFalse(pipe.reader().awaitReadable(Duration.ZERO));
      }
    }
    assertEquals(before, openNumbers());
  }

  @Test
  void shouldNameTheErrorOfAWriteToAClosedPeer() {
    second().close();
    MemorySegment buffer = arena.allocate(1);
    LinuxException e = assertThrows(LinuxException.class, () -> first().write(buffer, 0, 1));
    assertEquals(Errno.EPIPE, e.errno());
    assertTrue(e.getMessage().contains("EPIPE"), e.getMessage());
  }

  @Test
  void shouldRefuseANumberThatIsNotOpen() {
    LinuxException e = assertThrows(LinuxException.class, () -> Descriptor.adopt(1_000_000));
    assertEquals(Errno.EBADF, e.errno());
  }

  @Test
  void shouldPassADescriptorToThePeer() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      DescriptorPassing.send(pair.first(), pipe.writer().number(), (byte) 1);
      int number = DescriptorPassing.receive(pair.second()).orElseThrow();
      try (Descriptor received = Descriptor.adopt(number)) {
        received.write(arena.allocateFrom("x"), 0, 1);
      }
      assertTrue(pipe.reader().awaitReadable(Duration.ofSeconds(10)));
    }
  }

  @Test
  void shouldTakeOneOfTwoDescriptorsAndLeakNone() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      MemorySegment body = arena.allocateFrom("xy");
      int before = openNumbers();
      sendBothEnds(pipe, body);
      DescriptorPassing.Received received = DescriptorPassing.receive(pair.second(), body);
      assertTrue(received.refused(), "the second is not passed over in silence");
      DescriptorPassing.discard(received.descriptor().orElseThrow());
      assertEquals(before, openNumbers());
    }
  }

  @Test
  void shouldNotCallADescriptorRefusedThatCameAlone() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      MemorySegment body = arena.allocateFrom("xy");
      DescriptorPassing.send(pair.first(), pipe.writer().number(), body);
      DescriptorPassing.Received received = DescriptorPassing.receive(pair.second(), body);
      assertFalse(received.refused());
      DescriptorPassing.discard(received.descriptor().orElseThrow());
    }
  }

  /** One message with two descriptors: struct msghdr over struct cmsghdr, by hand. */
  private void sendBothEnds(Pipe pipe, MemorySegment body) {
    MemorySegment iovec = arena.allocate(16, 8);
    iovec.set(Calls.POINTER, 0, body);
    iovec.set(Calls.LONG, 8, body.byteSize());
    MemorySegment control = arena.allocate(24, 8);
    control.set(Calls.LONG, 0, 24L);
    control.set(Calls.INT, 8, 1);
    control.set(Calls.INT, 12, 1);
    control.set(Calls.INT, 16, pipe.reader().number());
    control.set(Calls.INT, 20, pipe.writer().number());
    MemorySegment header = arena.allocate(56, 8);
    header.set(Calls.POINTER, 16, iovec);
    header.set(Calls.LONG, 24, 1L);
    header.set(Calls.POINTER, 32, control);
    header.set(Calls.LONG, 40, 24L);
    assertEquals(
        body.byteSize(), SocketCalls.sendmsg(first().number(), header, 0), "sent with both");
  }

  private static int openNumbers() {
    String[] names = new File("/proc/self/fd").list();
    return names == null ? -1 : names.length;
  }

  private Iovecs scattered(MemorySegment source) {
    int count = BIG / 1024;
    Iovecs iovecs = Iovecs.allocate(arena, count);
    for (int i = 0; i < count; i++) {
      iovecs.set(i, source, i * 1024L, 1024);
    }
    return iovecs;
  }

  private MemorySegment pattern() {
    MemorySegment source = arena.allocate(BIG, 8);
    for (long i = 0; i < BIG; i += 8) {
      source.set(ValueLayout.JAVA_LONG, i, i * 0x9e3779b97f4a7c15L);
    }
    return source;
  }

  private Descriptor first() {
    return pair.first().descriptor();
  }

  private Descriptor second() {
    return pair.second().descriptor();
  }

  private static CompletableFuture<Void> run(Action action) {
    Supplier<Void> body =
        () -> {
          try {
            action.run();
            return null;
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        };
    return CompletableFuture.supplyAsync(body, THREADS);
  }

  @Test
  void shouldWriteWhatThereIsRoomForAndLeaveTheRangesAlone() throws Exception {
    try (Pipe pipe = Pipe.open();
        Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(1 << 20);
      MemorySegment entries = arena.allocate(32, 8);
      for (int i = 0; i < 2; i++) {
        entries.set(ValueLayout.JAVA_LONG, i * 16L, memory.address());
        entries.set(ValueLayout.JAVA_LONG, i * 16L + 8, memory.byteSize());
      }
      long n = pipe.writer().writeSome(entries, 0, 2);
      assertTrue(n > 0 && n < memory.byteSize(), "a pipe takes less than 1 MiB, not " + n);
      pipe.writer().timeout(Duration.ofMillis(1));
      assertThrows(LinuxTimeoutException.class, () -> pipe.writer().writeSome(entries, 1, 1));
      assertEquals(memory.address(), entries.get(ValueLayout.JAVA_LONG, 0));
      assertEquals(memory.byteSize(), entries.get(ValueLayout.JAVA_LONG, 8));
    }
  }

  private interface Action {
    void run() throws Exception;
  }
}
