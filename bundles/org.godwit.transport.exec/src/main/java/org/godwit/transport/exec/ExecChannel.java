package org.godwit.transport.exec;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.transport.descriptor.DescriptorChannel;
import org.godwit.transport.descriptor.OpenEnds;

/**
 * A stream into or out of a command. It counts as carried only if the command ended with status 0:
 * {@link #endOutput()} waits for that, and so does the read that finds the end of the stream.
 *
 * <p>Threads: one reader or writer, any thread for abort and close.
 */
final class ExecChannel implements Channel, OpenEnds.End {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final Command command;
  private final DescriptorChannel bytes;
  private final Duration ioTimeout;
  private final OpenEnds owner;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Set by any thread, so that the failure of a killed command is told as an abort. */
  private volatile String aborted = "";

  ExecChannel(Command command, DescriptorChannel bytes, Duration ioTimeout, OpenEnds owner) {
    this.command = command;
    this.bytes = bytes;
    this.ioTimeout = ioTimeout;
    this.owner = owner;
    owner.add(this);
  }

  @Override
  public boolean bidirectional() {
    return false;
  }

  @Override
  public String peer() {
    return bytes.peer();
  }

  @Override
  public void write(GatherList pieces) throws TransportException {
    try {
      bytes.write(pieces);
    } catch (TransportException e) {
      throw e.reason() == Reason.PEER_GONE ? explained(e) : e;
    }
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    int n = bytes.read(into, offset, length);
    if (n < 0) {
      requireSuccess();
    }
    return n;
  }

  @Override
  public void endOutput() throws TransportException {
    bytes.endOutput();
    requireSuccess();
  }

  @Override
  public void abort(String why) {
    if (!closed.get()) {
      aborted = aborted.isEmpty() ? why : aborted;
      bytes.abort(why);
      command.kill();
    }
  }

  /**
   * Lets a command that still consumes what was written finish, within some seconds; one that was
   * aborted, or whose output nobody wants, is killed.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      owner.remove(this);
      bytes.close();
      finish();
      command.close();
    }
  }

  private void finish() {
    try {
      boolean wanted = aborted.isEmpty() && command.consumes();
      if (!wanted || !command.awaitEnd(GRACE)) {
        command.kill();
      }
    } catch (InterruptedException e) {
      command.kill();
      Thread.currentThread().interrupt();
    }
  }

  private void requireSuccess() throws TransportException {
    try {
      boolean ended = command.awaitEnd(ioTimeout);
      if (!aborted.isEmpty()) {
        throw new TransportException(Reason.ABORTED, peer() + " was aborted: " + aborted);
      }
      if (!ended) {
        throw new TransportException(
            Reason.TIMEOUT, "The command of " + peer() + " does not end within the timeout");
      }
      if (command.status() != 0) {
        // it may have delivered everything before: not a failure of this side alone
        throw new TransportException(Reason.PEER_GONE, failure());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransportException(Reason.ABORTED, "Interrupted: waiting for " + peer(), e);
    }
  }

  private TransportException explained(TransportException broken) throws TransportException {
    try {
      if (command.awaitEnd(LAST_WORDS)) {
        return new TransportException(Reason.PEER_GONE, failure(), broken);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return broken;
  }

  private String failure() throws InterruptedException {
    String complaint = command.complaint();
    return "The command of %s ended with status %d%s"
        .formatted(peer(), command.status(), complaint.isEmpty() ? "" : ": " + complaint);
  }
}
