package org.godwit.machine.qemu;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands events to listeners on a thread of its own, so that a listener may execute commands while
 * the reader goes on reading answers.
 */
final class EventDispatch {
  private static final Logger LOG = LoggerFactory.getLogger(EventDispatch.class);

  // an empty entry ends the thread; bounded for the sake of a listener that never returns
  private final LinkedBlockingQueue<Optional<QmpEvent>> queue = new LinkedBlockingQueue<>(10_000);
  private final List<QmpListener> listeners = new CopyOnWriteArrayList<>();
  private final Object ending = new Object();
  private boolean ended;

  void start(String name) {
    Thread.ofVirtual().name(name).start(this::run);
  }

  void offer(QmpEvent event) {
    if (!queue.offer(Optional.of(event))) {
      LOG.warn("Listeners are too slow, event {} is dropped", event.name());
    }
  }

  void end() {
    while (!queue.offer(Optional.empty())) {
      queue.poll();
    }
  }

  void add(QmpListener listener) {
    synchronized (ending) {
      if (!ended) {
        listeners.add(listener);
        return;
      }
    }
    listener.closed();
  }

  void remove(QmpListener listener) {
    listeners.remove(listener);
  }

  private void run() {
    try {
      for (var next = queue.take(); next.isPresent(); next = queue.take()) {
        deliver(next.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // ends the thread, which is all it can ask for
    }
    synchronized (ending) {
      ended = true;
    }
    listeners.forEach(QmpListener::closed);
  }

  private void deliver(QmpEvent event) {
    for (QmpListener listener : listeners) {
      try {
        listener.event(event);
      } catch (RuntimeException e) {
        LOG.warn("A listener failed on event {}", event.name(), e);
      }
    }
  }
}
