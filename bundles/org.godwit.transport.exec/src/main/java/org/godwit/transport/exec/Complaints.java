package org.godwit.transport.exec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.godwit.linux.Descriptor;
import org.godwit.linux.LinuxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last of what a command writes to its standard error: a ring of fixed size, so that a command
 * that complains without end takes no memory for it.
 *
 * <p>A thread of its own reads until the last process that has the other end is gone, or until
 * {@link #close}; any thread may ask.
 */
final class Complaints implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Complaints.class);
  private static final int KEPT = 500;
  private static final int PIECE = 8192;

  private final Descriptor from;
  private final Thread reader;
  private final byte[] ring = new byte[KEPT];
  private long total;

  private Complaints(Descriptor from) {
    this.from = from;
    this.reader = Thread.ofPlatform().daemon().name("godwit-exec-stderr").unstarted(this::read);
  }

  /** Begins to read from the end of a pipe, which it owns. */
  static Complaints of(Descriptor from) {
    Complaints complaints = new Complaints(from);
    complaints.reader.start();
    return complaints;
  }

  /**
   * What was kept, on one line.
   *
   * @param patience how long to wait for the rest, which a command that ended may have left in the
   *     pipe; something that it started and left behind may keep the pipe open
   */
  String text(Duration patience) throws InterruptedException {
    boolean _ = reader.join(patience);
    return new String(kept(), StandardCharsets.UTF_8).strip().replaceAll("\\s*\n\\s*", "; ");
  }

  /** Stops reading; what is written later fails at the writer. */
  @Override
  public void close() {
    from.abort();
  }

  private void read() {
    try (from;
        Arena arena = Arena.ofConfined()) {
      MemorySegment piece = arena.allocate(PIECE);
      for (long n = from.read(piece, 0, PIECE); n > 0; n = from.read(piece, 0, PIECE)) {
        keep(piece.asSlice(0, n));
      }
    } catch (LinuxException e) {
      LOG.debug("What a command says is not heard any more", e);
    }
  }

  /** Only the end of a piece can stay. */
  private synchronized void keep(MemorySegment piece) {
    long skipped = Math.max(0, piece.byteSize() - KEPT);
    total += skipped;
    for (long i = skipped; i < piece.byteSize(); i++) {
      ring[(int) (total++ % KEPT)] = piece.get(ValueLayout.JAVA_BYTE, i);
    }
  }

  private synchronized byte[] kept() {
    int length = (int) Math.min(total, KEPT);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = ring[(int) ((total - length + i) % KEPT)];
    }
    return bytes;
  }
}
