package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the contracts of transports share: the transport under test, threads, and a data pump. */
abstract class TransportFixture {
  /** Far more than anything should take; a test that reaches it has found a hang. */
  static final int PATIENCE_SECONDS = 20;

  private static final int MAXIMUM_PIECE = 20_000;
  private static final int READ_ROOM = 64 * 1024;

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(
          Thread.ofPlatform().daemon().name("contract-", 0).factory());
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Arena arena = Arena.ofShared();

  /** The transport under test, a new one for each test. */
  Transport subject = new NoTransport();

  /**
   * Makes the transport under test.
   *
   * @return a new object
   */
  protected abstract Transport transport();

  /**
   * Does what the container does when the transport's bundle stops.
   *
   * @param transport what {@link #transport()} made
   */
  protected abstract void stop(Transport transport);

  @BeforeEach
  final void makeTransport() {
    subject = transport();
  }

  @AfterEach
  final void closeAll() throws Exception {
    closeOpened();
    stop(subject);
    threads.shutdownNow();
    if (threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      arena.close();
    }
  }

  final void closeOpened() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
    opened.clear();
  }

  /** Closes it after the test. */
  final <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  final MemorySegment memory(long bytes) {
    return arena.allocate(bytes, 4096);
  }

  final GatherList list(int capacity) {
    return new GatherList(capacity, arena);
  }

  /** A list with one piece of seeded bytes. */
  final GatherList piece(long length) {
    MemorySegment bytes = memory(length);
    new SeededBytes(1).fill(bytes, 0, length, 0);
    GatherList list = list(1);
    list.add(bytes, 0, length);
    return list;
  }

  final <T> Future<T> inBackground(Callable<T> task) {
    return threads.submit(task);
  }

  /** Result of a task; an endless one fails the test. */
  static <T> T result(Future<T> task) throws Exception {
    try {
      return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("still blocked after " + PATIENCE_SECONDS + " s", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new AssertionError(e.getCause());
    }
  }

  /** The reason with which a background task failed. */
  static TransportException failure(Future<?> task) throws Exception {
    try {
      Object value = result(task);
      throw new AssertionError("expected a failure, got " + value);
    } catch (TransportException e) {
      return e;
    }
  }

  static void assertFails(Reason reason, Callable<?> action) throws Exception {
    try {
      Object value = action.call();
      throw new AssertionError("expected " + reason + ", got " + value);
    } catch (Exception e) {
      TransportException failure = assertInstanceOf(TransportException.class, e);
      assertEquals(reason, failure.reason(), () -> "reason of: " + failure);
    }
  }

  /** Writes a range of a stream in gather lists of random shape. */
  final long pump(Channel to, long seed, long bytes) throws TransportException {
    Random random = new Random(seed);
    SeededBytes content = new SeededBytes(seed);
    MemorySegment buffer = memory(64L * (MAXIMUM_PIECE + 1));
    GatherList pieces = list(64);
    long sent = 0;
    while (sent < bytes) {
      pieces.clear();
      long at = 0;
      int count = 1 + random.nextInt(64);
      for (int i = 0; i < count && sent < bytes; i++) {
        long length = Math.min(bytes - sent, 1 + random.nextInt(MAXIMUM_PIECE));
        content.fill(buffer, at, length, sent);
        pieces.add(buffer, at, length);
        at += length + 1; // a gap, so that pieces stay pieces
        sent += length;
      }
      to.write(pieces);
    }
    to.endOutput();
    return sent;
  }

  /** Reads a stream to its end in random steps and compares it. */
  final long drain(Channel from, long seed) throws TransportException {
    Random random = new Random(~seed);
    SeededBytes content = new SeededBytes(seed);
    MemorySegment buffer = memory(READ_ROOM);
    long received = 0;
    while (true) {
      int room = 1 + random.nextInt(READ_ROOM);
      int n = from.read(buffer, 0, room);
      if (n < 0) {
        return received;
      }
      content.verify(buffer, 0, n, received);
      received += n;
    }
  }

  /** Writes until something breaks. */
  final Object writeForEver(Channel to) throws TransportException {
    GatherList piece = piece(1 << 20);
    while (true) {
      to.write(piece);
    }
  }

  final int readSome(Channel from) throws TransportException {
    return from.read(memory(4096), 0, 4096);
  }
}
