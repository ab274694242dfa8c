package org.godwit.coordinator;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.godwit.api.savestate.PostcopyState;

/**
 * Capability {@code release-ram} on one connection: asks by a PING whether the pages sent so far
 * have arrived, one PING at a time, and lets the memory of those go whose PONG came. Belongs to the
 * sending thread, except {@link #arrived}.
 */
final class MemoryRelease {
  private final SourceStream stream;
  private final PostcopyState memory;
  private final BooleanSupplier left;
  // volatile: set by the return path's thread, looked at by the sending thread
  private volatile long arrived;
  private long mark = Handshake.MARK;
  private boolean asked;

  /**
   * Prepares it.
   *
   * @param stream what sends
   * @param memory whose pages are sent
   * @param left whether the guest has left for good: before that its memory may be wanted here
   */
  MemoryRelease(SourceStream stream, PostcopyState memory, BooleanSupplier left) {
    this.stream = stream;
    this.memory = memory;
    this.left = left;
  }

  /** The PONG of a mark came. */
  void arrived(long value) {
    arrived = value;
  }

  /** Whether {@link #step} has memory to let go. */
  boolean confirmed() {
    return asked && left.getAsBoolean() && arrived == mark;
  }

  /** Between two sections. */
  void step() throws IOException {
    if (confirmed()) {
      memory.confirmed();
      mark = Handshake.nextMark(mark);
      asked = false;
    }
    if (!asked && memory.awaitConfirmation()) {
      asked = true;
      stream.ping(mark);
    }
  }

  /**
   * Releases some of what has arrived.
   *
   * @return whether more is left to be released now
   */
  boolean some() {
    return left.getAsBoolean() && memory.release();
  }
}
