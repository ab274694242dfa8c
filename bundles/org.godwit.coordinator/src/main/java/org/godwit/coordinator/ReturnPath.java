package org.godwit.coordinator;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.transport.Channel;
import org.godwit.wire.Limits;
import org.godwit.wire.WireException;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathReader;

/**
 * The source's ear: a platform thread of its own that reads the return path all the time, so that
 * neither side blocks on a full buffer. Other threads ask, or wait, under the lock of this object.
 */
final class ReturnPath implements Runnable, AutoCloseable {
  /** Told when the return path makes the migration fail, unless the guest was offered already. */
  @FunctionalInterface
  interface Alarm {
    void raise(EndCause.PeerFailed why);
  }

  private final ChannelReader in;
  private final ReturnPathReader messages;
  private final Alarm alarm;
  private final Thread thread;
  // all guarded by this
  private Optional<Ownership.Rule> rule = Optional.empty();
  private boolean known;
  private boolean switchoverAcknowledged;
  private boolean loaded;
  private boolean committed;
  private boolean stopped;
  private OptionalLong shut = OptionalLong.empty();
  private boolean ended;
  private boolean expectingEnd;

  ReturnPath(Channel channel, String name, Alarm alarm) {
    // reads that wait here are not "bytes due": a destination has nothing to say for long times
    this.in = new ChannelReader(channel, ChannelReader.MESSAGE_STAGING, new StallWatch());
    this.messages = new ReturnPathReader(in, Limits.DEFAULT);
    this.alarm = alarm;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this);
  }

  void start() {
    thread.start();
  }

  @Override
  public void run() {
    try {
      Optional<ReturnPathMessage> message = messages.next();
      while (message.isPresent()) {
        take(message.get());
        message = messages.next();
      }
      finish(Fault.LINK, "The destination closed the return path before it said SHUT.");
    } catch (WireException e) {
      finish(Fault.PEER, "The return path is not understood. " + e.getMessage());
    } catch (IOException e) {
      finish(Fault.LINK, "The return path broke. " + e.getMessage());
    } catch (RuntimeException | Error e) {
      // whoever waits for an answer must not wait for a thread that is gone
      finish(Fault.LOCAL, "The return path cannot be read. " + FailureText.of(e).sentence());
    }
  }

  private void take(ReturnPathMessage message) throws WireException {
    switch (message) {
      case ReturnPathMessage.Pong pong -> pong(pong.value());
      case ReturnPathMessage.SwitchoverAck ack -> switchoverAck();
      case ReturnPathMessage.Shut end -> shut(end.value());
      case ReturnPathMessage.ReqPages m -> throw unexpected(m);
      case ReturnPathMessage.ReqPagesId m -> throw unexpected(m);
      case ReturnPathMessage.RecvBitmap m -> throw unexpected(m);
      case ReturnPathMessage.ResumeAck m -> throw unexpected(m);
    }
  }

  private synchronized void pong(long value) {
    if (value == Handshake.KNOWN) {
      known = true;
    } else if (value == Handshake.HELLO && rule.isEmpty()) {
      rule = Optional.of(known ? Ownership.Rule.WAITS_FOR_COMMIT : Ownership.Rule.STARTS_BY_ITSELF);
    } else if (value == Handshake.LOADED) {
      loaded = true;
    } else if (value == Handshake.COMMIT) {
      committed = true;
    } else if (value == Handshake.STOPPED) {
      stopped = true;
    }
    notifyAll();
  }

  private synchronized void switchoverAck() {
    switchoverAcknowledged = true;
    notifyAll();
  }

  private void shut(long value) {
    synchronized (this) {
      shut = OptionalLong.of(value);
      notifyAll();
    }
    // raised also for success: it counts only while the destination cannot have the guest yet
    String sentence =
        value == 0
            ? "The destination said that it has the guest (SHUT 0) before it was sent."
            : "The destination reported that it failed (SHUT " + value + ").";
    alarm.raise(new EndCause.PeerFailed(Fault.PEER, sentence));
  }

  private WireException unexpected(ReturnPathMessage message) {
    return new WireException(
        WireException.Kind.RETURN_PATH,
        in.position(),
        message.wireName() + " in precopy",
        "PONG, SWITCHOVER_ACK or SHUT");
  }

  private void finish(Fault fault, String sentence) {
    boolean bad;
    synchronized (this) {
      ended = true;
      bad = shut.isEmpty() && !expectingEnd;
      notifyAll();
    }
    if (bad) {
      alarm.raise(new EndCause.PeerFailed(fault, sentence));
    }
  }

  /** How the destination takes the guest over; empty while it has not said. */
  synchronized Optional<Ownership.Rule> rule() {
    return rule;
  }

  synchronized boolean switchoverAcknowledged() {
    return switchoverAcknowledged;
  }

  synchronized OptionalLong shut() {
    return shut;
  }

  /** From now on the end of the return path is awaited by the sending thread; no alarm. */
  synchronized void expectEnd() {
    expectingEnd = true;
  }

  /** Waits until the destination has loaded everything before PING LOADED; false if it is gone. */
  synchronized boolean awaitLoaded() throws InterruptedException {
    while (!loaded && !ended && shut.isEmpty()) {
      wait();
    }
    return loaded;
  }

  /** Waits for SHUT; empty if the return path ended without. */
  synchronized OptionalLong awaitShut() throws InterruptedException {
    while (shut.isEmpty() && !ended) {
      wait();
    }
    return shut;
  }

  /** Waits for PONG COMMIT; false if it does not come. */
  synchronized boolean awaitCommitted() throws InterruptedException {
    while (!committed && !stopped && !ended) {
      wait();
    }
    return committed;
  }

  /** Whether the destination has the guest for good and said that it does not start. */
  synchronized boolean stopped() {
    return stopped;
  }

  /** Waits until the thread has ended, at most so long. */
  void awaitEnd(long millis) throws InterruptedException {
    thread.join(millis);
  }

  /** Waits for the thread and releases the memory; the channel must have been aborted or closed. */
  @Override
  public void close() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        // the memory must not be freed under a read; the channel is closed, so this ends
        interrupted = true;
      }
    }
    in.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
