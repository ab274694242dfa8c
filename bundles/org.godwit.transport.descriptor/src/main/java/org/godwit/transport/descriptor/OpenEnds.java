package org.godwit.transport.descriptor;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Everything a transport has open: channels, servers and attempts to connect. When the transport's
 * bundle stops, they end with it, whoever holds them.
 *
 * <p>Thread-safe; the lock is never held while an end is aborted.
 */
public final class OpenEnds {

  /** Something that can be broken from any thread. */
  @FunctionalInterface
  public interface End {
    /**
     * Breaks it; never blocks, never throws.
     *
     * @param why for the error of the calls that end
     */
    void abort(String why);
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Set<End> ends = new HashSet<>();
  private String ended = "";

  /** Creates an empty set. */
  public OpenEnds() {}

  /**
   * Adds an end, and aborts it at once if the transport has stopped meanwhile.
   *
   * @param end what was opened
   */
  public void add(End end) {
    String why = enter(end);
    if (!why.isEmpty()) {
      end.abort(why);
    }
  }

  /**
   * Forgets an end that was closed.
   *
   * @param end what was added before; anything else does nothing
   */
  public void remove(End end) {
    lock.lock();
    try {
      ends.remove(end);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Breaks everything that is open, and everything that is added later.
   *
   * @param why the reason, such as the name of the bundle that stops
   */
  public void abortAll(String why) {
    for (End end : leave(why)) {
      end.abort(why);
    }
  }

  private String enter(End end) {
    lock.lock();
    try {
      if (ended.isEmpty()) {
        ends.add(end);
      }
      return ended;
    } finally {
      lock.unlock();
    }
  }

  private List<End> leave(String why) {
    lock.lock();
    try {
      ended = why;
      List<End> open = List.copyOf(ends);
      ends.clear();
      return open;
    } finally {
      lock.unlock();
    }
  }
}
