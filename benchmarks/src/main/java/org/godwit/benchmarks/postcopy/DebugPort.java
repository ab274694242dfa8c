package org.godwit.benchmarks.postcopy;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Listens to what a guest says, on a thread of its own, and notes when it came. */
final class DebugPort implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;

  private final SocketChannel channel;
  private final int touches;
  private final CompletableFuture<Long> filled = new CompletableFuture<>();
  private final CompletableFuture<Long> arrived = new CompletableFuture<>();
  private final CompletableFuture<int[]> notes = new CompletableFuture<>();
  // volatile: written by the listening thread, read when the guest has gone
  private volatile long lastSign;

  private DebugPort(SocketChannel channel, int touches) {
    this.channel = channel;
    this.touches = touches;
  }

  static DebugPort connect(Path socket, int touches) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    DebugPort port = new DebugPort(channel, touches);
    Thread.ofPlatform().daemon().name("debug-port").start(port::listen);
    return port;
  }

  private void listen() {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    try {
      while (channel.read(bytes.clear()) >= 0) {
        long now = System.nanoTime();
        lastSign = now;
        for (bytes.flip(); bytes.hasRemaining(); ) {
          heard(bytes, now);
        }
      }
      fail(new EOFException("The guest ended"));
    } catch (IOException e) {
      fail(e);
    }
  }

  private void heard(ByteBuffer bytes, long now) throws IOException {
    byte sign = bytes.get();
    if (sign == 'F') {
      filled.complete(now);
    } else if (sign == 'D') {
      arrived.complete(now);
    } else if (sign == 'L') {
      notes.complete(read(bytes));
    }
  }

  private int[] read(ByteBuffer first) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(touches * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    all.put(first);
    while (all.hasRemaining()) {
      if (channel.read(all) < 0) {
        throw new EOFException("The guest ended amid its notes");
      }
    }
    int[] found = new int[touches];
    all.flip().asIntBuffer().get(found);
    return found;
  }

  private void fail(IOException e) {
    filled.completeExceptionally(e);
    arrived.completeExceptionally(e);
    notes.completeExceptionally(e);
  }

  /** Waits until all memory is filled. */
  void awaitFilled() throws IOException, InterruptedException {
    long _ = await(filled);
  }

  /** When the guest spoke for the first time at the destination. */
  long arrived() throws IOException, InterruptedException {
    return await(arrived);
  }

  /** When the guest spoke last. */
  long lastSign() {
    return lastSign;
  }

  /** What each touch took, in {@link TouchingProgram#TICKS}. */
  int[] notes() throws IOException, InterruptedException {
    return await(notes);
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException, InterruptedException {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("The guest does not say what it should", e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
