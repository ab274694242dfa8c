package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.savestate.StateException;
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

  /** Told what the destination of a postcopy migration asks for and says. */
  interface PostcopyEar {
    /**
     * Pages are wanted.
     *
     * @throws StateException if there are no such pages
     */
    void request(String block, long start, long length) throws StateException;

    /** The package was loaded: the guest runs at the destination. */
    void packageLoaded();

    /** All that was sent before this mark has arrived. */
    void arrived(long mark);

    /** The PONG of a PING between background pages. */
    void answered(long value);
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
  private Optional<PostcopyEar> postcopy = Optional.empty();
  private final Deque<ReturnPathMessage.RecvBitmap> bitmaps = new ArrayDeque<>();
  private int bitmapsDue;
  private boolean packageLoaded;
  private boolean resumed;

  /**
   * An ear for a connection.
   *
   * @param channel the connection
   * @param name of the thread
   * @param alarm hears about failures
   * @param mostBitmap bytes of the largest bitmap that may come
   */
  ReturnPath(Channel channel, String name, Alarm alarm, long mostBitmap) {
    // reads that wait here are not "bytes due": a destination has nothing to say for long times
    this.in = new ChannelReader(channel, ChannelReader.MESSAGE_STAGING, new StallWatch());
    this.messages = new ReturnPathReader(in, Limits.DEFAULT.withMaxBitmapBytes(mostBitmap));
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
    } catch (StateException e) {
      finish(Fault.PEER, "The return path asks for what there is not. " + e.getMessage());
    } catch (WireException e) {
      finish(Fault.PEER, "The return path is not understood. " + e.getMessage());
    } catch (IOException e) {
      finish(Fault.LINK, "The return path broke. " + e.getMessage());
    } catch (RuntimeException | Error e) {
      // whoever waits for an answer must not wait for a thread that is gone
      finish(Fault.LOCAL, "The return path cannot be read. " + FailureText.of(e).sentence());
    }
  }

  private void take(ReturnPathMessage message) throws WireException, StateException {
    if (over(message)) {
      return;
    }
    switch (message) {
      case ReturnPathMessage.Pong pong -> pong(pong.value());
      case ReturnPathMessage.SwitchoverAck ack -> switchoverAck();
      case ReturnPathMessage.Shut end -> shut(end.value());
      case ReturnPathMessage.ReqPages m ->
          postcopyEar(m).request(messages.requestedBlock().orElseThrow(), m.start(), m.length());
      case ReturnPathMessage.ReqPagesId m ->
          postcopyEar(m).request(m.block(), m.start(), m.length());
      case ReturnPathMessage.RecvBitmap m -> bitmap(m);
      case ReturnPathMessage.ResumeAck m -> resumeAck(m);
    }
  }

  /**
   * SHUT is the last word about the guest; behind SHUT 0 only a PONG still counts, that of COMMIT.
   */
  private synchronized boolean over(ReturnPathMessage message) {
    return shut.isPresent()
        && (shut.getAsLong() != 0 || !(message instanceof ReturnPathMessage.Pong));
  }

  private synchronized PostcopyEar postcopyEar(ReturnPathMessage message) throws WireException {
    return postcopy.orElseThrow(() -> unexpected(message));
  }

  private synchronized void bitmap(ReturnPathMessage.RecvBitmap message) throws WireException {
    if (bitmapsDue == 0) {
      throw unexpected(message);
    }
    bitmapsDue--;
    bitmaps.add(message);
    notifyAll();
  }

  private synchronized void resumeAck(ReturnPathMessage message) throws WireException {
    if (postcopy.isEmpty() || resumed) {
      throw unexpected(message);
    }
    resumed = true;
    notifyAll();
  }

  private void pong(long value) {
    note(value);
    Optional<PostcopyEar> ear;
    synchronized (this) {
      ear = postcopy;
    }
    if (value == Handshake.PACKAGE) {
      ear.ifPresent(PostcopyEar::packageLoaded);
    } else if (Handshake.isMark(value)) {
      ear.ifPresent(e -> e.arrived(value));
    } else if (Handshake.isQueue(value)) {
      ear.ifPresent(e -> e.answered(value));
    }
  }

  private synchronized void note(long value) {
    if (value == Handshake.KNOWN) {
      known = true;
    } else if (value == Handshake.HELLO && rule.isEmpty()) {
      rule = Optional.of(known ? Ownership.Rule.WAITS_FOR_COMMIT : Ownership.Rule.STARTS_BY_ITSELF);
    } else if (value == Handshake.LOADED) {
      loaded = true;
    } else if (value == Handshake.COMMIT) {
      committed = true;
    } else if (value == Handshake.PACKAGE && postcopy.isPresent()) {
      packageLoaded = true;
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
        message.wireName() + " where it was not asked for",
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

  /** The package is about to be sent, or postcopy to be resumed: pages may be asked for. */
  synchronized void serve(PostcopyEar ear) {
    postcopy = Optional.of(ear);
  }

  /** Whether the destination has loaded the package, so that the guest runs there. */
  synchronized boolean packageLoaded() {
    return packageLoaded;
  }

  /** So many blocks are about to be asked for. */
  synchronized void expectBitmaps(int count) {
    bitmapsDue = count;
  }

  /** Waits for the next bitmap; empty if the return path ended without. */
  synchronized Optional<ReturnPathMessage.RecvBitmap> awaitBitmap() throws InterruptedException {
    while (bitmaps.isEmpty() && !ended) {
      wait();
    }
    return Optional.ofNullable(bitmaps.poll());
  }

  /** Waits for RESUME_ACK; false if the return path ended without. */
  synchronized boolean awaitResumed() throws InterruptedException {
    while (!resumed && !ended) {
      wait();
    }
    return resumed;
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
