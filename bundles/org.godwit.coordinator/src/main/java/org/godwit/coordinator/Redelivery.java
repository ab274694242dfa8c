package org.godwit.coordinator;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.wire.Limits;
import org.godwit.wire.StreamWriter;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathMessage.Pong;
import org.godwit.wire.returnpath.ReturnPathReader;

/**
 * Delivers COMMIT again, on new connections to the same Godwit destination, after the link broke
 * while the guest changed its owner (docs/ownership.md). The guest must have been given away for
 * good. Whoever else took the destination's address gets no byte: a held guest's side speaks first.
 * The sending thread runs it, once; any thread may end it.
 */
final class Redelivery {
  /** Between two attempts, as long as nobody answers. */
  private static final long PAUSE = 200_000_000L;

  /** As many silent connections are given up before time is up: the next one may hold. */
  private static final long ATTEMPTS = 4;

  /** No answer, or none that is understood. */
  private static final long NONE = 0;

  private final Transport transport;
  private final Endpoint peer;
  private final TransportOptions options;
  private final TimeSource time;
  private final long deadline;
  private final long once;
  // all guarded by this
  private boolean over;
  private Optional<Connector> connector = Optional.empty();
  private Optional<Channel> channel = Optional.empty();

  /**
   * Prepares it.
   *
   * @param transport makes connections
   * @param peer the destination
   * @param options for the transport
   * @param time clock
   * @param nanos how long it may take
   */
  Redelivery(
      Transport transport, Endpoint peer, TransportOptions options, TimeSource time, long nanos) {
    this.transport = transport;
    this.peer = peer;
    this.options = options;
    this.time = time;
    this.deadline = time.nanoTime() + nanos;
    this.once = nanos / ATTEMPTS;
  }

  /**
   * Tries until the destination has confirmed, or time is up.
   *
   * @param ticket what the destination wants to see
   * @param failure what broke the first connection; collects what else failed
   * @return whether the destination has confirmed
   * @throws EndedException if the destination has the guest, but it does not start
   */
  boolean run(Ticket ticket, Throwable failure) throws EndedException, InterruptedException {
    boolean again = transport.reconnectable();
    while (again && rest() > 0) {
      try {
        long answer = deliver(ticket);
        if (answer == Handshake.STOPPED) {
          throw new EndedException(Switchover.NOT_STARTED);
        }
        if (answer == Handshake.COMMIT) {
          return true;
        }
        again = pause();
      } catch (TransportException e) {
        again = e.reason() != Reason.ABORTED && e.reason() != Reason.BAD_ADDRESS && pause();
        note(failure, e);
      } catch (IOException e) {
        note(failure, e);
        again = pause();
      } catch (EndedException e) {
        if (e.why() == Switchover.NOT_STARTED) {
          throw e;
        }
        again = false;
      }
    }
    return false;
  }

  /** The last one is enough: they are mostly alike, and there may be many. */
  private static void note(Throwable failure, IOException next) {
    if (failure.getSuppressed().length == 0) {
      failure.addSuppressed(next);
    }
  }

  private long rest() {
    return deadline - time.nanoTime();
  }

  private synchronized boolean pause() throws InterruptedException {
    if (!over) {
      time.pause(this, Math.min(PAUSE, Math.max(1, rest())));
    }
    return !over;
  }

  private long deliver(Ticket ticket) throws IOException, EndedException, InterruptedException {
    Channel opened = connect();
    try (opened;
        GatherWriter out = new GatherWriter(opened, new StallWatch(), false);
        ChannelReader in =
            new ChannelReader(opened, ChannelReader.MESSAGE_STAGING, new StallWatch())) {
      ReturnPathReader messages = new ReturnPathReader(in, Limits.DEFAULT);
      if (answer(messages, Handshake.KNOWN, Handshake.KNOWN) == NONE) {
        return NONE;
      }
      StreamWriter stream = new StreamWriter(out, true);
      send(stream, ticket);
      out.flush();
      long answer = answer(messages, Handshake.COMMIT, Handshake.STOPPED);
      if (answer != NONE) {
        thank(stream, out, opened);
      }
      return answer;
    } finally {
      use(Optional.empty(), Optional.empty());
    }
  }

  private Channel connect() throws TransportException, EndedException, InterruptedException {
    Connector next = new Connector();
    use(Optional.of(next), Optional.empty());
    next.start(transport, peer, bounded());
    Channel opened = next.await();
    use(Optional.empty(), Optional.of(opened));
    return opened;
  }

  private TransportOptions bounded() {
    Duration rest = Duration.ofNanos(Math.max(1_000_000, Math.min(once, rest())));
    Duration connect =
        options.connectTimeout().compareTo(rest) < 0 ? options.connectTimeout() : rest;
    return new TransportOptions(
        connect, rest, options.insecure(), options.tlsCredentials(), options.tlsHostname());
  }

  private synchronized void use(Optional<Connector> connecting, Optional<Channel> open) {
    connector = connecting;
    channel = open;
    if (over) {
      abandon();
    }
  }

  private static void send(StreamWriter stream, Ticket ticket) throws IOException {
    stream.fileHeader();
    stream.command(new Command.OpenReturnPath());
    stream.command(new Command.Ping(Handshake.AGAIN));
    for (long word : ticket.words()) {
      stream.command(new Command.Ping(word));
    }
    stream.command(new Command.Ping(Handshake.COMMIT));
  }

  /** The first PONG with one of two values; NONE if something else comes, or the end. */
  private static long answer(ReturnPathReader messages, long one, long other) throws IOException {
    Optional<ReturnPathMessage> message = messages.next();
    while (message.isPresent() && message.get() instanceof Pong pong) {
      if (pong.value() == one || pong.value() == other) {
        return pong.value();
      }
      message = messages.next();
    }
    return NONE;
  }

  private static void thank(StreamWriter stream, GatherWriter out, Channel opened) {
    try {
      stream.command(new Command.Ping(Handshake.HEARD));
      out.flush();
      opened.endOutput();
    } catch (IOException e) {
      // it will wait a little for another connection, and then know no less than before
      opened.abort(FailureText.message(e));
    }
  }

  /** Ends it if its time is up; for a watchdog. */
  void tick(long now) {
    if (now - deadline >= 0) {
      giveUp();
    }
  }

  /** Ends it. */
  synchronized void giveUp() {
    over = true;
    abandon();
    notifyAll();
  }

  private synchronized void abandon() {
    connector.ifPresent(c -> c.abandon(new EndCause.Cancelled()));
    channel.ifPresent(c -> c.abort("Nobody waits for the destination any more."));
  }
}
