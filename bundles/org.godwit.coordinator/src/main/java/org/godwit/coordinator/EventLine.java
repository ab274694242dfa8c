package org.godwit.coordinator;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Delivers what happened one by one and in order, without a lock held: whoever adds delivers,
 * unless another thread is at it already.
 */
final class EventLine {
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean delivering;

  /** Queues an event; {@link #deliver()} must follow. Never blocks. */
  synchronized void add(Runnable event) {
    waiting.add(event);
  }

  /** Delivers everything queued, unless another thread does. */
  void deliver() {
    if (!begin()) {
      return;
    }
    for (Runnable event = next(); event != NOTHING; event = next()) {
      event.run();
    }
  }

  private static final Runnable NOTHING = () -> {};

  private synchronized boolean begin() {
    if (delivering) {
      return false;
    }
    delivering = true;
    return true;
  }

  private synchronized Runnable next() {
    Runnable event = waiting.poll();
    if (event == null) {
      delivering = false;
      return NOTHING;
    }
    return event;
  }
}
