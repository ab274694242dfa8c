package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.TransportException;
import org.godwit.wire.Limits;
import org.godwit.wire.ReaderOptions;
import org.godwit.wire.StreamItem;
import org.godwit.wire.StreamReader;
import org.godwit.wire.command.Command;

/**
 * Where the source of a guest that is held here may come back with its COMMIT, if the first
 * connection broke (docs/ownership.md). Whoever has no ticket is sent away and changes nothing.
 *
 * <p>A platform thread accepts, one more for each connection reads; the receiving thread asks and
 * waits.
 */
final class ConsentDesk implements AutoCloseable {
  /** More connections at once than any source makes; the oldest one has to go. */
  private static final int MOST_CALLERS = 8;

  private static final Command NOTHING = new Command.OpenReturnPath();

  private static final long REST = 100_000_000L;

  private static final ReaderOptions OPTIONS =
      new ReaderOptions(true, false, true, true, Set.of(), Set.of(), Limits.DEFAULT);

  private final ChannelServer server;
  private final Ticket seal;
  private final TimeSource time;
  private final Runnable onCommit;
  private final String name;
  private final Thread clerk;
  // all guarded by this
  private final Deque<Channel> callers = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private boolean committed;
  private OptionalLong taken = OptionalLong.empty();
  private boolean confirmed;
  private boolean closed;

  /**
   * Opens it.
   *
   * @param server accepts; closed with this
   * @param seal proves the ticket that a caller must show
   * @param time clock
   * @param name of the migration, for threads
   * @param onCommit is run by another thread when COMMIT came here
   */
  ConsentDesk(ChannelServer server, Ticket seal, TimeSource time, String name, Runnable onCommit) {
    this.server = server;
    this.seal = seal;
    this.time = time;
    this.name = name;
    this.onCommit = onCommit;
    this.clerk = Thread.ofPlatform().name("godwit-consent-" + name).daemon().start(this::accept);
  }

  private void accept() {
    boolean open = true;
    while (open) {
      try {
        open = admit(server.accept());
      } catch (TransportException e) {
        // whatever was wrong with one connection, the source may come on the next
        open = e.reason() != TransportException.Reason.ABORTED && rest();
      } catch (RuntimeException | Error e) {
        open = rest();
      }
    }
    shut();
  }

  /** A little time without work, for whatever there was too little of; false if it was closed. */
  private synchronized boolean rest() {
    try {
      if (!closed) {
        time.pause(this, REST);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return !closed;
  }

  private synchronized boolean admit(Channel channel) {
    if (closed) {
      channel.close();
      return false;
    }
    if (callers.size() == MOST_CALLERS) {
      callers.removeFirst().abort("Too many connections.");
    }
    callers.addLast(channel);
    threads.removeIf(thread -> !thread.isAlive());
    threads.add(
        Thread.ofPlatform().name("godwit-caller-" + name).daemon().start(() -> serve(channel)));
    return true;
  }

  private void serve(Channel channel) {
    try (channel;
        ChannelReader in =
            new ChannelReader(channel, ChannelReader.MESSAGE_STAGING, new StallWatch());
        Answers answers = new Answers(channel, new StallWatch(), false, reason -> {})) {
      // first, so that a source that comes back sends nothing to whom it does not know
      answers.ping(new Command.Ping(Handshake.KNOWN));
      StreamReader stream = new StreamReader(in, OPTIONS);
      if (!presents(stream)) {
        return;
      }
      commit();
      OptionalLong answer = awaitTaken();
      if (answer.isPresent()) {
        answers.ping(new Command.Ping(answer.getAsLong()));
        if (ping(stream, Handshake.HEARD)) {
          confirm();
        }
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      // a stranger, or a link that broke again: whoever has the ticket may come again
      channel.abort(FailureText.message(e));
    } finally {
      leave(channel);
    }
  }

  /** Whether these are the header, the ticket and COMMIT. */
  private boolean presents(StreamReader stream) throws IOException {
    boolean expected =
        stream.next() instanceof StreamItem.FileHeader
            && command(stream).filter(Command.OpenReturnPath.class::isInstance).isPresent()
            && ping(stream, Handshake.AGAIN);
    return expected && shows(stream) && ping(stream, Handshake.COMMIT);
  }

  private boolean shows(StreamReader stream) throws IOException {
    List<Long> words = new ArrayList<>();
    while (words.size() < Ticket.WORDS
        && command(stream).orElse(NOTHING) instanceof Command.Ping word) {
      words.add(word.value());
    }
    return words.size() == Ticket.WORDS && new Ticket(words).seal().equals(seal);
  }

  private static boolean ping(StreamReader stream, long value) throws IOException {
    return command(stream).filter(new Command.Ping(value)::equals).isPresent();
  }

  private static Optional<Command> command(StreamReader stream) throws IOException {
    return stream.next() instanceof StreamItem.CommandItem item
        ? Optional.of(item.command())
        : Optional.empty();
  }

  private void commit() {
    synchronized (this) {
      committed = true;
      notifyAll();
    }
    onCommit.run();
  }

  private synchronized OptionalLong awaitTaken() throws InterruptedException {
    while (taken.isEmpty() && !closed) {
      wait();
    }
    return taken;
  }

  private synchronized void confirm() {
    confirmed = true;
    notifyAll();
  }

  private synchronized void leave(Channel channel) {
    callers.remove(channel);
  }

  /**
   * Waits for a source that comes back.
   *
   * @param nanos longest wait
   * @return whether COMMIT came
   */
  synchronized boolean awaitCommit(long nanos) {
    long end = time.nanoTime() + nanos;
    while (!committed && !closed && pause(end)) {
      // until one of these
    }
    return committed;
  }

  /** The guest was taken over: from now on every source that has the ticket gets this answer. */
  synchronized void taken(long answer) {
    taken = OptionalLong.of(answer);
    notifyAll();
  }

  /**
   * Waits for a source that did not hear that the guest was taken over.
   *
   * @param end when to stop, on the engine's clock
   */
  synchronized void awaitConfirmed(long end) {
    while (!confirmed && !closed && pause(end)) {
      // until one of these
    }
  }

  private boolean pause(long end) {
    long rest = end - time.nanoTime();
    if (rest <= 0) {
      return false;
    }
    try {
      time.pause(this, rest);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private synchronized void shut() {
    closed = true;
    callers.forEach(channel -> channel.abort("The guest is not waited for any more."));
    notifyAll();
  }

  /** Ends all of it, and waits for its threads, which all end at once. */
  @Override
  public void close() {
    shut();
    try {
      server.close();
    } finally {
      awaitThreads();
    }
  }

  private void awaitThreads() {
    List<Thread> left = new ArrayList<>();
    synchronized (this) {
      left.addAll(threads);
    }
    left.add(clerk);
    left.forEach(ConsentDesk::join);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
