package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.godwit.api.savestate.PageRequests;
import org.godwit.api.transport.Channel;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathWriter;

/**
 * The destination's side of the return path of one connection: opens on command, answers PINGs,
 * asks for pages. Thread-safe: in postcopy the receiving thread, the thread of the package and the
 * thread that asks for pages write messages, each whole.
 */
final class Answers implements PageRequests, AutoCloseable {
  private final Channel channel;
  private final GatherWriter out;
  private final ReturnPathWriter messages;
  private final boolean acknowledge;
  private final List<Long> seal = new ArrayList<>();
  private final Consumer<String> untrapped;
  private final ReentrantLock lock = new ReentrantLock();
  // volatile: written by the receiving thread, read by others
  private volatile boolean open;
  private volatile boolean greeted;
  // guarded by the lock
  private String asked = "";
  private boolean closed;

  /**
   * A return path that is not open yet.
   *
   * @param channel whose other direction it is
   * @param watch told about every write that waits
   * @param acknowledge whether the switchover needs an acknowledgement
   * @param untrapped hears that absent pages are not reported any more
   */
  Answers(Channel channel, StallWatch watch, boolean acknowledge, Consumer<String> untrapped) {
    this.channel = channel;
    this.out = new GatherWriter(channel, watch, true);
    this.messages = new ReturnPathWriter(out);
    this.acknowledge = acknowledge;
    this.untrapped = untrapped;
  }

  /** OPEN_RETURN_PATH came. No device of ours has to agree, so the switchover is acknowledged. */
  void open() throws IOException {
    open = true;
    if (acknowledge) {
      send(new ReturnPathMessage.SwitchoverAck());
    }
  }

  /** A connection that continues a postcopy migration has an open return path from its start. */
  void reopen() {
    open = true;
  }

  /** A PING came. */
  void ping(Command.Ping ping) throws IOException {
    if (ping.value() == Handshake.HELLO) {
      greeted = true;
      send(new ReturnPathMessage.Pong(Handshake.KNOWN));
    } else if (greeted && seal.size() < Ticket.WORDS) {
      seal.add(ping.value());
    }
    send(new ReturnPathMessage.Pong(ping.value()));
  }

  /** What proves the ticket of a Godwit source that comes back; empty if none was told. */
  Optional<Ticket> seal() {
    return seal.size() == Ticket.WORDS ? Optional.of(new Ticket(seal)) : Optional.empty();
  }

  /** Whether the source can hear. */
  boolean isOpen() {
    return open;
  }

  /** Whether the source is a Godwit node, so that it will say when the guest may start. */
  boolean greeted() {
    return greeted;
  }

  /** The last message. */
  void shut(boolean success) throws IOException {
    send(new ReturnPathMessage.Shut(success ? 0 : 1));
  }

  /** Tells which pages of a block have arrived. */
  void bitmap(String block, byte[] bits) throws IOException {
    send(new ReturnPathMessage.RecvBitmap(block, bits));
  }

  /** Postcopy goes on. */
  void resumed() throws IOException {
    send(new ReturnPathMessage.ResumeAck());
  }

  @Override
  public void request(String block, long offset, long length) throws IOException {
    lock.lock();
    try {
      boolean same = block.equals(asked);
      asked = block;
      send(
          same
              ? new ReturnPathMessage.ReqPages(offset, length)
              : new ReturnPathMessage.ReqPagesId(offset, length, block));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void untrapped(String reason) {
    untrapped.accept(reason);
  }

  private void send(ReturnPathMessage message) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("The connection is closed.");
      }
      messages.write(message);
      out.flush();
    } finally {
      lock.unlock();
    }
  }

  /** A writer whose message the source does not read is not waited for. */
  @Override
  public void close() {
    if (!lock.tryLock()) {
      channel.abort("The connection is not needed any more.");
      lock.lock();
    }
    try {
      if (!closed) {
        closed = true;
        out.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
