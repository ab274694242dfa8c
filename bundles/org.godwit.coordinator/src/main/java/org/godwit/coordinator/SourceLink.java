package org.godwit.coordinator;

import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.TransportException;

/**
 * One connection of an outgoing migration, with the ear for its other direction. In postcopy it may
 * break and be followed by another one. Opened and closed by the sending thread; any thread may
 * {@link #fail} it.
 */
final class SourceLink {
  /** How long the return path may tell why a write failed, or take to end. */
  private static final long LAST_WORDS_MILLIS = 1000;

  private final Channel channel;
  private Optional<ReturnPath> ear = Optional.empty();
  // volatile: set once by the sending thread, aborted by whoever breaks the link
  private volatile Optional<Channel> urgent = Optional.empty();
  private Optional<UrgentSender> urgentSender = Optional.empty();
  // volatile: set once by whoever breaks the link, read by the sending thread
  private volatile Optional<EndCause> broken = Optional.empty();
  // volatile: set by the sending thread, read by the return path's
  private volatile boolean ending;

  SourceLink(Channel channel) {
    this.channel = channel;
  }

  Channel channel() {
    return channel;
  }

  /** Begins to hear. */
  void listen(ReturnPath returnPath) {
    ear = Optional.of(returnPath);
    returnPath.start();
  }

  /** A second connection, for pages that were asked for. */
  void urgent(Channel second) {
    urgent = Optional.of(second);
    broken.ifPresent(why -> second.abort(why.sentence()));
  }

  Optional<Channel> urgent() {
    return urgent;
  }

  /** What was asked for goes over the second connection from now on. */
  void deliver(UrgentSender sender) {
    urgentSender = Optional.of(sender);
    sender.start();
  }

  /** Returns when the second connection has taken all, or is broken: nobody uses it any more. */
  void endUrgent() {
    urgentSender.ifPresent(UrgentSender::end);
  }

  /** Aborts all that it consists of. */
  void abort(String why) {
    channel.abort(why);
    urgent.ifPresent(second -> second.abort(why));
  }

  Optional<ReturnPath> ear() {
    return ear;
  }

  /** Everything was sent: SHUT 0 is what comes next. */
  void expectShut() {
    ending = true;
  }

  boolean expectsShut() {
    return ending;
  }

  /** Whether everything was sent and has arrived. */
  boolean over() {
    OptionalLong shut = ear.map(ReturnPath::shut).orElse(OptionalLong.empty());
    return ending && shut.isPresent() && shut.getAsLong() == 0;
  }

  /** Breaks this connection for a reason; the first one counts. */
  void fail(EndCause why) {
    synchronized (this) {
      if (broken.isEmpty()) {
        broken = Optional.of(why);
      }
    }
    abort(why.sentence());
  }

  Optional<EndCause> broken() {
    return broken;
  }

  /** Throws if it was broken. */
  void check() throws EndedException {
    Optional<EndCause> why = broken;
    if (why.isPresent()) {
      throw new EndedException(why.get());
    }
  }

  /** Lets the return path say its last words. */
  void awaitLastWords() {
    try {
      if (ear.isPresent()) {
        ear.get().awaitEnd(LAST_WORDS_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the connection in order; the channel must not be closed under its reader. */
  void part() {
    if (ear.isEmpty()) {
      return;
    }
    try {
      channel.endOutput();
    } catch (TransportException e) {
      // broken or aborted before: then its reader ends by itself
      channel.abort(FailureText.message(e));
    }
    awaitLastWords();
    abort("The migration has ended.");
  }
}
