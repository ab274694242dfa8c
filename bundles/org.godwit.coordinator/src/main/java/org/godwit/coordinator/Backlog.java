package org.godwit.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many bytes of background pages may be under way, so that a page that is asked for does not
 * come behind more than it must. The queues of both kernels grow to many megabytes if somebody
 * fills them, and a destination that runs a guest takes milliseconds for each.
 *
 * <p>Background transport by delay, as LEDBAT does it (RFC 6817): a PING goes along with every part
 * of the window, the shortest time to its PONG is what the way takes when nothing queues, and what
 * comes on top of that is taken for delay of our own making: above {@link #TARGET} or a quarter of
 * the way the window shrinks, below it grows. It follows the slowest of link and destination,
 * whatever the transport, and a QEMU answers as well as a Godwit.
 *
 * <p>Thread-safe: the sending thread asks and tells, the return path's thread answers.
 */
final class Backlog {
  /** Least delay in nanoseconds that pages of ours may add to one that is waited for. */
  static final long TARGET = 1_000_000;

  /** On a long way it may be such a part of the way. */
  private static final int SHARE = 4;

  /** What the way takes is measured anew after so many nanoseconds. */
  private static final long AGE = 10_000_000_000L;

  static final long LEAST = 256 << 10;
  static final long MOST = 64 << 20;

  /** A window is asked about in so many parts. */
  private static final int PARTS = 4;

  /** A PING under way. */
  private record Sent(long value, long position, long at) {}

  private final Deque<Sent> underWay = new ArrayDeque<>();
  private long value = Handshake.QUEUE;
  private long window = LEAST;
  private long shortest = Long.MAX_VALUE;
  private long measured;
  private long asked;
  private long answered;

  /**
   * Begins with nothing under way.
   *
   * @param position bytes sent so far
   */
  Backlog(long position) {
    asked = position;
    answered = position;
  }

  /** Whether no background page may be sent now: an answer is due that makes room. */
  synchronized boolean full(long position) {
    return !underWay.isEmpty() && position - answered >= window;
  }

  /** Whether a PING is due. */
  synchronized boolean due(long position) {
    return position - asked >= window / PARTS;
  }

  /**
   * A PING goes now.
   *
   * @return its value
   */
  synchronized long ask(long position, long now) {
    value = Handshake.nextQueue(value);
    asked = position;
    underWay.add(new Sent(value, position, now));
    return value;
  }

  /** A PONG came; one that was not asked for changes nothing. */
  synchronized void answer(long pong, long now) {
    if (underWay.stream().noneMatch(sent -> sent.value == pong)) {
      return;
    }
    Sent sent = underWay.remove();
    while (sent.value != pong) {
      sent = underWay.remove();
    }
    answered = sent.position;
    adapt(now - sent.at, now);
  }

  private void adapt(long taken, long now) {
    if (taken <= shortest || now - measured > AGE) {
      shortest = taken;
      measured = now;
    }
    long step = window / PARTS;
    boolean late = taken - shortest > Math.max(TARGET, shortest / SHARE);
    long wanted = late ? window - step : window + step;
    window = Math.clamp(wanted, LEAST, MOST);
  }

  /** No answer came for long: what is under way is not waited for any more. */
  synchronized void forget(long position) {
    underWay.clear();
    answered = position;
    asked = position;
  }

  synchronized long window() {
    return window;
  }
}
