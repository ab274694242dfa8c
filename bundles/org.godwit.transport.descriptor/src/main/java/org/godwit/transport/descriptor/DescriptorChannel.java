package org.godwit.transport.descriptor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.linux.Descriptor;
import org.godwit.linux.LinuxException;
import org.jspecify.annotations.Nullable;

/**
 * A channel over one descriptor: a connected socket, an end of a pipe, or a file that is read or
 * written in order. Writes hand the caller's vectors to the kernel as they are.
 *
 * <p>Threads: one writer and one reader, any thread for {@link #abort} and {@link #close}.
 */
public final class DescriptorChannel implements Channel, OpenEnds.End {

  /** Which directions a descriptor has. */
  public enum Flow {
    /** A socket. */
    BOTH,
    /** The writing end of a pipe, or a file to write. */
    OUTPUT,
    /** The reading end of a pipe, or a file to read. */
    INPUT
  }

  /** What a kind of connection does behind each read when latency counts. */
  @FunctionalInterface
  interface Acknowledgement {
    /** Tells the peer's kernel that its bytes have come. */
    void send() throws LinuxException;
  }

  private static final int DRAIN_BYTES = 64 * 1024;
  private static final int DRAIN_ROUNDS = 64;

  private final Descriptor descriptor;
  private final Flow flow;
  private final String peer;
  private final OpenEnds owner;
  private final Acknowledgement acknowledgement;
  // volatile: set by any thread, looked at by the reader
  private volatile boolean latencyCounts;
  private final VectorCursor cursor = new VectorCursor();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Why the channel was aborted; set once, before the descriptor is. */
  private final AtomicReference<@Nullable String> abortReason = new AtomicReference<>();

  /**
   * Takes ownership of a descriptor.
   *
   * @param descriptor open descriptor
   * @param flow its directions
   * @param peer name of the other end
   * @param ioTimeout bound of a read or write without progress; zero for none
   * @param owner set that this channel enters, and leaves when it is closed
   */
  public DescriptorChannel(
      Descriptor descriptor, Flow flow, String peer, Duration ioTimeout, OpenEnds owner) {
    this(descriptor, flow, peer, ioTimeout, owner, () -> {});
  }

  DescriptorChannel(
      Descriptor descriptor,
      Flow flow,
      String peer,
      Duration ioTimeout,
      OpenEnds owner,
      Acknowledgement acknowledgement) {
    this.acknowledgement = acknowledgement;
    this.descriptor = descriptor;
    this.flow = flow;
    this.peer = peer;
    this.owner = owner;
    descriptor.timeout(ioTimeout);
    owner.add(this);
  }

  @Override
  public boolean bidirectional() {
    return flow == Flow.BOTH;
  }

  @Override
  public String peer() {
    return peer;
  }

  @Override
  public void write(GatherList pieces) throws TransportException {
    requireFlow(Flow.OUTPUT, "write to ");
    cursor.begin(pieces);
    try {
      while (cursor.hasMore()) {
        cursor.advance(descriptor.writeSome(cursor.vectors(), cursor.index(), cursor.left()));
      }
    } catch (LinuxException e) {
      throw failure("write to ", e);
    } finally {
      cursor.restore();
    }
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    requireFlow(Flow.INPUT, "read from ");
    try {
      long n = descriptor.read(into, offset, Math.min(length, Integer.MAX_VALUE));
      if (n == Descriptor.END) {
        requireNotAborted(); // an abort shuts the socket down, which looks like an orderly end
      } else if (latencyCounts) {
        acknowledgement.send();
      }
      return (int) n;
    } catch (LinuxException e) {
      throw failure("read from ", e);
    }
  }

  @Override
  public void preferLatency() throws TransportException {
    requireNotAborted();
    latencyCounts = true;
    try {
      acknowledgement.send();
    } catch (LinuxException e) {
      throw failure("prepare the connection with ", e);
    }
  }

  @Override
  public void endOutput() throws TransportException {
    requireNotAborted();
    try {
      if (flow == Flow.BOTH) {
        descriptor.endWriting();
      } else if (flow == Flow.OUTPUT) {
        descriptor.close(); // the only way to tell the other end of a pipe
      }
    } catch (LinuxException e) {
      throw failure("end the output to ", e);
    }
  }

  /**
   * Bounds the following reads and writes otherwise, for instance during a handshake.
   *
   * @param timeout longest time without progress; zero means no limit
   */
  public void timeout(Duration timeout) {
    descriptor.timeout(timeout);
  }

  @Override
  public void abort(String why) {
    if (!closed.get() && abortReason.compareAndSet(null, why)) {
      descriptor.abort();
      shutdownQuietly();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      owner.remove(this);
      if (flow == Flow.BOTH && abortReason.get() == null) {
        drain();
      }
      descriptor.close();
    }
  }

  /**
   * Takes what has arrived and nobody will read: closing a TCP socket over unread bytes makes the
   * kernel reset the connection, and what was written last may then never reach the peer.
   */
  private void drain() {
    try (Arena arena = Arena.ofConfined()) {
      descriptor.shutdown(Descriptor.Direction.WRITE);
      MemorySegment waste = arena.allocate(DRAIN_BYTES);
      for (int i = 0; i < DRAIN_ROUNDS && descriptor.awaitReadable(Duration.ZERO); i++) {
        if (descriptor.read(waste, 0, DRAIN_BYTES) == Descriptor.END) {
          return;
        }
      }
    } catch (LinuxException broken) {
      // the peer is gone already; there is nothing to be kept for it
      return;
    }
  }

  private void shutdownQuietly() {
    try {
      descriptor.shutdown(Descriptor.Direction.BOTH);
    } catch (LinuxException broken) {
      // already disconnected, which is what an abort wants
      return;
    }
  }

  private void requireFlow(Flow needed, String doing) throws TransportException {
    if (flow != Flow.BOTH && flow != needed) {
      String direction = flow == Flow.INPUT ? "reading" : "writing";
      throw new TransportException(
          Reason.BAD_ADDRESS, "Cannot " + doing + peer + ": it was opened for " + direction);
    }
  }

  /**
   * Tells of an abort where no call on the descriptor would.
   *
   * @throws TransportException with {@link Reason#ABORTED} if {@link #abort} was called
   */
  public void requireNotAborted() throws TransportException {
    String why = abortReason.get();
    if (why != null) {
      throw new TransportException(Reason.ABORTED, "Channel " + peer + " was aborted: " + why);
    }
  }

  private TransportException failure(String doing, LinuxException e) {
    String why = abortReason.get();
    if (why != null) {
      String sentence = "Channel " + peer + " was aborted: " + why;
      return new TransportException(Reason.ABORTED, sentence, e);
    }
    return flow == Flow.BOTH ? Failures.lost(doing + peer, e) : Failures.broken(doing + peer, e);
  }
}
