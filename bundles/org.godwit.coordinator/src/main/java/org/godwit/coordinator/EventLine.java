package org.godwit.coordinator;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers what happened one by one and in order, without a lock held: whoever adds delivers,
 * unless another thread is at it already.
 */
final class EventLine {
  private static final Logger LOG = LoggerFactory.getLogger(EventLine.class);

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
    Optional<Runnable> event = next();
    while (event.isPresent()) {
      try {
        event.get().run();
      } catch (RuntimeException | Error e) {
        LOG.warn("An event was not delivered whole", e);
      }
      event = next();
    }
  }

  private synchronized boolean begin() {
    if (delivering) {
      return false;
    }
    delivering = true;
    return true;
  }

  private synchronized Optional<Runnable> next() {
    Optional<Runnable> event = Optional.ofNullable(waiting.poll());
    delivering = event.isPresent();
    return event;
  }
}
