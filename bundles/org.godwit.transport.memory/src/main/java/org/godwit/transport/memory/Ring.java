package org.godwit.transport.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * One direction of a connection: a bounded ring of bytes between one writer and one reader.
 *
 * <p>Copies happen under the lock, in Java: neither side may hand in memory whose pages can be
 * missing. The ring's memory is left to the collector, because closing a shared arena would wait
 * for every thread of the process.
 */
final class Ring {
  /** About what a TCP socket on loopback holds. */
  static final int CAPACITY = 256 * 1024;

  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final MemorySegment bytes = Arena.ofAuto().allocate(CAPACITY);

  private long written;
  private long taken;
  private boolean ended;
  private boolean writerClosed;
  private boolean readerClosed;
  private String writerAborted = "";
  private String readerAborted = "";

  Ring(String name) {
    this.name = name;
  }

  /** Writes all of a piece; waits for room as long as the reader takes something in time. */
  void write(MemorySegment from, long offset, long length, Duration timeout)
      throws TransportException {
    lock.lock();
    try {
      long done = 0;
      while (done < length) {
        awaitRoom(timeout);
        done += put(from, offset + done, length - done);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes at least one byte; -1 when the writer ended in order and nothing is left. */
  int read(MemorySegment into, long offset, long length, Duration timeout)
      throws TransportException {
    lock.lock();
    try {
      long left = timeout.toNanos();
      checkReadable();
      while (taken == written && !ended) {
        left = await("read from ", left, timeout);
        checkReadable();
      }
      return taken == written ? -1 : take(into, offset, length);
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will be written. */
  void end() throws TransportException {
    lock.lock();
    try {
      if (!ended) {
        checkWritable();
      }
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void abortAsWriter(String why) {
    change(() -> writerAborted = writerAborted.isEmpty() ? why : writerAborted);
  }

  void abortAsReader(String why) {
    change(() -> readerAborted = readerAborted.isEmpty() ? why : readerAborted);
  }

  /** The writing end is closed; what it wrote can still be read. */
  void closeAsWriter() {
    change(
        () -> {
          ended = true;
          writerClosed = true;
        });
  }

  /** The reading end is closed; the writer learns that its peer is gone. */
  void closeAsReader() {
    change(() -> readerClosed = true);
  }

  private void change(Runnable action) {
    lock.lock();
    try {
      action.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(Duration timeout) throws TransportException {
    long left = timeout.toNanos();
    checkWritable();
    while (written - taken == CAPACITY) {
      left = await("write to ", left, timeout);
      checkWritable();
    }
  }

  private void checkWritable() throws TransportException {
    checkNotAborted(writerAborted);
    if (writerClosed || ended) {
      throw new TransportException(Reason.ABORTED, "Cannot write to " + name + ": it was ended");
    }
    if (readerClosed || !readerAborted.isEmpty()) {
      throw new TransportException(Reason.PEER_GONE, "The peer is gone: cannot write to " + name);
    }
  }

  private void checkReadable() throws TransportException {
    checkNotAborted(readerAborted);
    if (readerClosed) {
      throw new TransportException(Reason.ABORTED, "Cannot read from " + name + ": it was closed");
    }
    if (!writerAborted.isEmpty()) {
      throw new TransportException(Reason.PEER_GONE, "The peer is gone: cannot read from " + name);
    }
  }

  private void checkNotAborted(String why) throws TransportException {
    if (!why.isEmpty()) {
      throw new TransportException(Reason.ABORTED, "Channel " + name + " was aborted: " + why);
    }
  }

  @SuppressWarnings("WaitNotInLoop") // both callers loop
  private long await(String doing, long left, Duration timeout) throws TransportException {
    try {
      if (timeout.isZero()) {
        changed.await();
        return left;
      }
      if (left <= 0) {
        String sentence = "No progress in " + timeout.toMillis() + " ms: cannot " + doing + name;
        throw new TransportException(Reason.TIMEOUT, sentence);
      }
      return changed.awaitNanos(left);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransportException(Reason.ABORTED, "Interrupted: cannot " + doing + name, e);
    }
  }

  private long put(MemorySegment from, long offset, long length) {
    long at = written % CAPACITY;
    long room = Math.min(CAPACITY - at, CAPACITY - (written - taken));
    long n = Math.min(room, length);
    MemorySegment.copy(from, offset, bytes, at, n);
    written += n;
    return n;
  }

  private int take(MemorySegment into, long offset, long length) {
    long at = taken % CAPACITY;
    long n = Math.min(Math.min(CAPACITY - at, written - taken), length);
    MemorySegment.copy(bytes, at, into, offset, n);
    taken += n;
    changed.signalAll();
    return (int) n;
  }
}
