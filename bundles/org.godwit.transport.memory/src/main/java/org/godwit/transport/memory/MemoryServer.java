package org.godwit.transport.memory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/** Hands out connections in the order in which they were made. */
final class MemoryServer implements ChannelServer {
  private static final int BACKLOG = 128;

  private final Endpoint local;
  private final Duration timeout;
  private final Consumer<MemoryServer> onClose;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<MemoryChannel> waiting = new ArrayDeque<>();
  private boolean closed;

  MemoryServer(Endpoint local, Duration timeout, Consumer<MemoryServer> onClose) {
    this.local = local;
    this.timeout = timeout;
    this.onClose = onClose;
  }

  /** Bound of reads and writes of the accepted ends. */
  Duration timeout() {
    return timeout;
  }

  /** Queues the accepted end of a new connection; false if nobody accepts here any more. */
  boolean offer(MemoryChannel channel) {
    lock.lock();
    try {
      if (closed || waiting.size() == BACKLOG) {
        return false;
      }
      waiting.add(channel);
      arrived.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Endpoint local() {
    return local;
  }

  @Override
  public Channel accept() throws TransportException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        arrived.await();
      }
      return Optional.ofNullable(waiting.poll())
          .orElseThrow(
              () -> new TransportException(Reason.ABORTED, "Listening on " + local + " was ended"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransportException(Reason.ABORTED, "Interrupted: listening on " + local, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    ArrayDeque<MemoryChannel> left = new ArrayDeque<>();
    lock.lock();
    try {
      closed = true;
      left.addAll(waiting);
      waiting.clear();
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
    left.forEach(MemoryChannel::close);
    onClose.accept(this);
  }
}
