package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathWriter;

/**
 * The destination's side of the return path: opens on command, answers PINGs. Belongs to the
 * receiving thread.
 */
final class Answers implements AutoCloseable {
  private final GatherWriter out;
  private final ReturnPathWriter messages;
  private final boolean acknowledge;
  private final List<Long> seal = new ArrayList<>();
  private boolean open;
  private boolean greeted;

  /**
   * A return path that is not open yet.
   *
   * @param channel whose other direction it is
   * @param watch told about every write that waits
   * @param acknowledge whether the switchover needs an acknowledgement
   */
  Answers(Channel channel, StallWatch watch, boolean acknowledge) {
    this.out = new GatherWriter(channel, watch, true);
    this.messages = new ReturnPathWriter(out);
    this.acknowledge = acknowledge;
  }

  /** OPEN_RETURN_PATH came. No device of ours has to agree, so the switchover is acknowledged. */
  void open() throws IOException {
    open = true;
    if (acknowledge) {
      send(new ReturnPathMessage.SwitchoverAck());
    }
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

  private void send(ReturnPathMessage message) throws IOException {
    messages.write(message);
    out.flush();
  }

  @Override
  public void close() {
    out.close();
  }
}
