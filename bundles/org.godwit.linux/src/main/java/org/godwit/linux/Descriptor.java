package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An owned descriptor of a stream (socket, pipe, terminal) or a file; it is closed exactly once.
 *
 * <p>The descriptor is non-blocking. An operation tries first and polls the descriptor together
 * with an eventfd only where it would block, so that {@link #abort()} and {@link #close()} from any
 * thread end it at once, and so that every operation is bounded by {@link #timeout(Duration)}.
 *
 * <p>Threads: one reader and one writer at a time; {@code abort}, {@code close} and {@code
 * shutdown} from anywhere. The number itself is released when the last operation has left, so that
 * no operation ever acts on a reused number. Waiting holds the calling thread in native code: use
 * platform threads. Interrupts are not looked at; {@code abort} is the way out.
 */
public final class Descriptor implements AutoCloseable {
  /** Result of a read at the end of the stream. */
  public static final long END = -1;

  private static final long BRIEF_NANOS = 10_000_000;
  private static final int CLOSED = Integer.MIN_VALUE;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int O_NONBLOCK = 0x800;
  private static final int EFD_FLAGS = 0x800 | 0x80000;

  private final int fd;
  private final int wake;

  /** Operations inside, and {@link #CLOSED} once closed; the last one out closes the number. */
  private final AtomicInteger users = new AtomicInteger();

  /** Written by any thread, read by operations before and after each wait. */
  private volatile boolean aborted;

  /** Set by the owner at any time, read when an operation first has to wait; 0 is no bound. */
  private volatile long timeoutNanos;

  private Descriptor(int fd, int wake) {
    this.fd = fd;
    this.wake = wake;
  }

  /**
   * Takes ownership of an open descriptor and makes it non-blocking and close-on-exec.
   *
   * @param fd the number; must be open and must not be closed by anybody else from now on
   * @return the owner
   * @throws LinuxException if the number is not open or no eventfd can be made; the number is then
   *     still the caller's
   */
  public static Descriptor adopt(int fd) throws LinuxException {
    long flags = LinuxException.check("fcntl F_GETFL " + fd, FileCalls.fcntl(fd, F_GETFL, 0));
    LinuxException.check("fcntl F_SETFL " + fd, FileCalls.fcntl(fd, F_SETFL, flags | O_NONBLOCK));
    LinuxException.check("fcntl F_SETFD " + fd, FileCalls.fcntl(fd, F_SETFD, FD_CLOEXEC));
    int wake = (int) LinuxException.check("eventfd", FileCalls.eventfd(0, EFD_FLAGS));
    return new Descriptor(fd, wake);
  }

  /** As {@link #adopt(int)}, closing the number where that fails. */
  static Descriptor adoptOrClose(int fd) throws LinuxException {
    try {
      return adopt(fd);
    } catch (LinuxException e) {
      FileCalls.close(fd);
      throw e;
    }
  }

  /**
   * The number, for messages and for handing to a child; it is valid only until {@link #close()}.
   *
   * @return the descriptor's number
   */
  public int number() {
    return fd;
  }

  /**
   * Bounds every later operation as a whole (for a full read or write: all of it).
   *
   * @param timeout the bound; {@link Duration#ZERO} for none, which is also the initial value
   */
  public void timeout(Duration timeout) {
    timeoutNanos = timeout.toNanos();
  }

  /**
   * Reads what is there, waiting for the first byte.
   *
   * @param buffer native memory
   * @param offset where in {@code buffer} to begin, in bytes
   * @param length at most so many bytes; greater than 0
   * @return the bytes read, at least 1, or {@link #END}
   * @throws LinuxException if reading fails, times out or is aborted
   */
  public long read(MemorySegment buffer, long offset, long length) throws LinuxException {
    MemorySegment part = buffer.asSlice(offset, length);
    long deadline = enter("read");
    try {
      while (true) {
        long n = FileCalls.read(fd, part, length);
        if (n >= 0) {
          return n == 0 && length > 0 ? END : n;
        }
        deadline = waitAfter("read", n, Poll.IN, deadline);
      }
    } finally {
      leave();
    }
  }

  /**
   * Reads until the range is full or the stream ends.
   *
   * @param buffer native memory
   * @param offset where in {@code buffer} to begin, in bytes
   * @param length how many bytes
   * @return the bytes read; less than {@code length} only at the end of the stream
   * @throws LinuxException if reading fails, times out or is aborted
   */
  public long readFully(MemorySegment buffer, long offset, long length) throws LinuxException {
    long deadline = enter("read");
    try {
      long done = 0;
      while (done < length) {
        long n = FileCalls.read(fd, buffer.asSlice(offset + done, length - done), length - done);
        if (n == 0) {
          break;
        } else if (n > 0) {
          done += n;
        } else {
          deadline = waitAfter("read", n, Poll.IN, deadline);
        }
      }
      return done;
    } finally {
      leave();
    }
  }

  /**
   * Reads what is there into several ranges, waiting for the first byte.
   *
   * @param iovecs the ranges; their total must not be 0
   * @param from the first range to use
   * @param count how many ranges; more than {@link Iovecs#MAXIMUM} are cut to that number
   * @return the bytes read, at least 1, or {@link #END}; the ranges themselves are not changed
   * @throws LinuxException if reading fails, times out or is aborted
   */
  public long readv(Iovecs iovecs, int from, int count) throws LinuxException {
    MemorySegment entries = iovecs.entries(from, count);
    int used = Math.min(count, Iovecs.MAXIMUM);
    long deadline = enter("readv");
    try {
      while (true) {
        long n = FileCalls.readv(fd, entries, used);
        if (n >= 0) {
          return n == 0 ? END : n;
        }
        deadline = waitAfter("readv", n, Poll.IN, deadline);
      }
    } finally {
      leave();
    }
  }

  /**
   * Writes all of a range.
   *
   * @param buffer native memory
   * @param offset where in {@code buffer} to begin, in bytes
   * @param length how many bytes
   * @throws LinuxException if writing fails, times out or is aborted; part may have been written
   */
  public void write(MemorySegment buffer, long offset, long length) throws LinuxException {
    long deadline = enter("write");
    try {
      long done = 0;
      while (done < length) {
        long n = FileCalls.write(fd, buffer.asSlice(offset + done, length - done), length - done);
        if (n >= 0) {
          done += n;
        } else {
          deadline = waitAfter("write", n, Poll.OUT, deadline);
        }
      }
    } finally {
      leave();
    }
  }

  /**
   * Writes all of several ranges in order, however many calls that takes.
   *
   * @param iovecs the ranges; those written in part or whole are advanced in place, so that the
   *     contents are used up afterwards
   * @param count how many ranges from the first on
   * @throws LinuxException if writing fails, times out or is aborted; part may have been written
   */
  public void writev(Iovecs iovecs, int count) throws LinuxException {
    long deadline = enter("writev");
    try {
      int next = iovecs.skip(0, count, 0);
      while (next < count) {
        int batch = Math.min(count - next, Iovecs.MAXIMUM);
        long n = FileCalls.writev(fd, iovecs.entries(next, batch), batch);
        if (n >= 0) {
          next = iovecs.skip(next, count, n);
        } else {
          deadline = waitAfter("writev", n, Poll.OUT, deadline);
        }
      }
    } finally {
      leave();
    }
  }

  /**
   * Writes what there is room for out of several ranges, waiting for the first room. The ranges are
   * not changed, so that the caller can bound each step of a long write by {@link
   * #timeout(Duration)} and keep its own account.
   *
   * @param entries native array of {@code struct iovec} (address and length, 8 bytes each)
   * @param from the first entry to use
   * @param count how many entries, at least 1; more than {@link Iovecs#MAXIMUM} are cut to that
   *     number
   * @return the bytes written; at least 1 unless the ranges are empty
   * @throws LinuxException if writing fails, times out or is aborted; nothing was written then
   */
  public long writeSome(MemorySegment entries, int from, int count) throws LinuxException {
    int used = Math.min(count, Iovecs.MAXIMUM);
    MemorySegment part = entries.asSlice(from * Iovecs.ENTRY, used * Iovecs.ENTRY);
    long deadline = enter("writev");
    try {
      while (true) {
        long n = FileCalls.writev(fd, part, used);
        if (n >= 0) {
          return n;
        }
        deadline = waitAfter("writev", n, Poll.OUT, deadline);
      }
    } finally {
      leave();
    }
  }

  /**
   * Waits until reading would not block.
   *
   * @param timeout how long; {@link Duration#ZERO} asks without waiting
   * @return whether there is something to read (or the end of the stream)
   * @throws LinuxException if polling fails or is aborted
   */
  public boolean awaitReadable(Duration timeout) throws LinuxException {
    enter("poll");
    try {
      int ready = Poll.await(fd, Poll.IN, wake, timeout.toNanos());
      checkUsable("poll");
      return ready > 0;
    } finally {
      leave();
    }
  }

  /**
   * Ends both directions of a socket, or one: the peer reads the end of the stream. Nothing happens
   * on a descriptor that is no connected socket or is closed already.
   *
   * @param direction which
   * @throws LinuxException if the kernel refuses for another reason
   */
  public void shutdown(Direction direction) throws LinuxException {
    if (!tryEnter()) {
      return;
    }
    try {
      long n = SocketCalls.shutdown(fd, direction.how);
      if (n != 0 && n != -Errno.ENOTSOCK && n != -Errno.ENOTCONN) {
        throw LinuxException.of("shutdown " + fd, n);
      }
    } finally {
      leave();
    }
  }

  /**
   * Ends the writing direction of a socket, and fails where the peer can no longer be told: a
   * connection that was reset is not connected any more. Nothing happens on a descriptor that is no
   * socket.
   *
   * @throws LinuxException if the connection is broken ({@link Errno#ENOTCONN}), aborted or closed
   */
  public void endWriting() throws LinuxException {
    long _ = enter("shutdown");
    try {
      long n = SocketCalls.shutdown(fd, Direction.WRITE.how);
      if (n != -Errno.ENOTSOCK) {
        LinuxException.check("shutdown " + fd, n);
      }
    } finally {
      leave();
    }
  }

  /**
   * Ends every operation now and later with {@link LinuxAbortedException}; never blocks. The
   * descriptor still has to be closed. Callable from any thread, any number of times.
   */
  public void abort() {
    aborted = true;
    if (tryEnter()) {
      try {
        ring();
      } finally {
        leave();
      }
    }
  }

  /**
   * Whether {@link #abort()} or {@link #close()} was called.
   *
   * @return true if no operation can succeed any more
   */
  public boolean aborted() {
    return aborted || users.get() < 0;
  }

  /**
   * Closes the descriptor, ending operations in other threads; never blocks. Calling it again has
   * no effect. Errors that the kernel reports at close are not seen: sync files first.
   */
  @Override
  public void close() {
    int before = users.getAndUpdate(n -> n < 0 ? n : (n + 1) | CLOSED);
    if (before < 0) {
      return;
    }
    if (before > 0) {
      ring();
    }
    leave();
  }

  /** Begins an operation; returns the deadline to pass to {@link #waitAfter}: none computed yet. */
  long enter(String operation) throws LinuxException {
    if (!tryEnter()) {
      throw new LinuxAbortedException(operation + " " + fd, true);
    }
    if (aborted) {
      leave();
      throw new LinuxAbortedException(operation + " " + fd, false);
    }
    return 0;
  }

  void leave() {
    if (users.decrementAndGet() == CLOSED) {
      FileCalls.close(fd);
      FileCalls.close(wake);
    }
  }

  /**
   * Handles a failed attempt: waits where it would block, returns at once where it was interrupted,
   * and throws what is final.
   *
   * @param deadline 0, or this method's last result within the same operation
   * @return the operation's deadline; 0 where there is none
   */
  long waitAfter(String operation, long failure, int events, long deadline) throws LinuxException {
    if (failure == -Errno.EINTR) {
      return deadline;
    }
    if (failure != -Errno.EAGAIN) {
      throw LinuxException.of(operation + " " + fd, failure);
    }
    return waitFor(operation, events, deadline);
  }

  long waitFor(String operation, int events, long deadline) throws LinuxException {
    long limit = timeoutNanos;
    long now = limit == 0 ? 0 : System.nanoTime();
    long until = deadline != 0 || limit == 0 ? deadline : now + limit;
    long left = until == 0 ? Poll.FOREVER : Math.max(0, until - now);
    int ready = Poll.await(fd, events, wake, left);
    checkUsable(operation);
    if (ready < 0) {
      throw LinuxException.of("poll " + fd, ready);
    }
    // A trickling peer is always ready: what counts is the clock, not the poll's answer.
    if (until != 0 && (ready == 0 || left == 0)) {
      throw new LinuxTimeoutException(operation + " " + fd, Duration.ofNanos(limit));
    }
    return until;
  }

  /**
   * Waits ten milliseconds for abort alone, for states that the kernel announces by no event.
   *
   * @return the operation's deadline, as {@link #waitAfter}
   */
  long waitBriefly(String operation, long deadline) throws LinuxException {
    long limit = timeoutNanos;
    long until = deadline != 0 || limit == 0 ? deadline : System.nanoTime() + limit;
    if (until != 0 && until - System.nanoTime() <= 0) {
      throw new LinuxTimeoutException(operation, Duration.ofNanos(limit));
    }
    Poll.await(-1, 0, wake, BRIEF_NANOS);
    checkUsable(operation);
    return until;
  }

  private void checkUsable(String operation) throws LinuxException {
    if (aborted()) {
      throw new LinuxAbortedException(operation + " " + fd, users.get() < 0);
    }
  }

  boolean tryEnter() {
    return users.getAndUpdate(n -> n < 0 ? n : n + 1) >= 0;
  }

  /** Makes the eventfd readable for good: nobody reads it, so every waiter sees it. */
  private void ring() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
      // Fails only with EAGAIN at a count of 2^64 - 2, and then the eventfd is readable anyway.
      FileCalls.write(wake, one, Long.BYTES);
    }
  }

  /** Which half of a connection to end. */
  public enum Direction {
    /** No more reading ({@code SHUT_RD}). */
    READ(0),
    /** No more writing; the peer sees the end of the stream ({@code SHUT_WR}). */
    WRITE(1),
    /** Both ({@code SHUT_RDWR}). */
    BOTH(2);

    private final int how;

    Direction(int how) {
      this.how = how;
    }
  }
}
