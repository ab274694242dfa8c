package org.godwit.coordinator;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.TransportException;

/**
 * One read of a channel on a thread of its own, because a read cannot be taken back: whoever waits
 * for it may give up, and finds its bytes later. While it is there nobody else reads the channel.
 */
final class ReadAhead {
  private static final int ROOM = 4096;

  private final Channel channel;
  // not closed by hand: a read that never returns may still refer to it
  private final MemorySegment bytes = Arena.ofAuto().allocate(ROOM);
  private final Thread thread;
  // all guarded by this
  private boolean done;
  private int count;
  private int taken;
  private boolean failed;
  private TransportException failure =
      new TransportException(TransportException.Reason.ABORTED, "The input was not read.");

  ReadAhead(Channel channel) {
    this.channel = channel;
    this.thread = Thread.ofPlatform().name("godwit-read-ahead").daemon().start(this::read);
  }

  private void read() {
    try {
      int got = channel.read(bytes, 0, ROOM);
      synchronized (this) {
        count = got;
      }
    } catch (TransportException e) {
      synchronized (this) {
        failed = true;
        failure = e;
      }
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        failed = true;
        failure =
            new TransportException(
                TransportException.Reason.ENVIRONMENT, FailureText.of(e).sentence(), e);
      }
    } finally {
      synchronized (this) {
        done = true;
        notifyAll();
      }
    }
  }

  /** Waits for the read, at most so long; says whether it has ended. */
  boolean within(Duration atMost) throws TransportException {
    try {
      boolean _ = thread.join(atMost);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    synchronized (this) {
      return done;
    }
  }

  /** Waits for the read and hands its bytes out, as {@link Channel#read} does. */
  synchronized int take(MemorySegment into, long offset, long length) throws IOException {
    while (!done) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
    if (failed) {
      throw failure;
    }
    if (count < 0) {
      return -1;
    }
    int given = (int) Math.min(length, count - taken);
    MemorySegment.copy(bytes, taken, into, offset, given);
    taken += given;
    return given;
  }

  /** Whether all its bytes were handed out, so that the channel may be read again. */
  synchronized boolean spent() {
    return done && !failed && count >= 0 && taken == count;
  }

  /** Ends our direction, so that the peer ends its own, and breaks the link if it does not. */
  void finish(long millis) {
    try {
      channel.endOutput();
      if (!within(Duration.ofMillis(millis))) {
        channel.abort("The peer did not end the connection.");
        thread.join();
      }
    } catch (TransportException e) {
      channel.abort(FailureText.message(e));
      join();
    } catch (InterruptedException e) {
      channel.abort("The thread was interrupted.");
      join();
      Thread.currentThread().interrupt();
    }
  }

  /** The channel was aborted, so its read ends; it must not be closed under it. */
  private void join() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static TransportException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new TransportException(
        TransportException.Reason.ABORTED, "The thread was interrupted.", e);
  }
}
