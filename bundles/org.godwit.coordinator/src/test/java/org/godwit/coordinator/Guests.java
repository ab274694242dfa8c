package org.godwit.coordinator;

import java.util.HashSet;
import java.util.Set;

/** Counts how many copies of the guest run; two at once must never happen. Thread-safe. */
final class Guests {
  private final Set<String> running = new HashSet<>();
  private int most;
  private int starts;

  synchronized void started(String name) {
    running.add(name);
    starts++;
    most = Math.max(most, running.size());
  }

  synchronized void stopped(String name) {
    running.remove(name);
  }

  synchronized Set<String> running() {
    return Set.copyOf(running);
  }

  synchronized int most() {
    return most;
  }

  synchronized int starts() {
    return starts;
  }
}
