package org.godwit.coordinator;

import java.time.Duration;
import java.util.Optional;

/**
 * The time between a cancel that comes while the destination may be taking the guest over, and
 * giving up: its answer is nearly always only milliseconds away, and without it nobody can tell
 * where the guest is. Thread-safe.
 */
final class CancelGrace {
  /** How long the answer is waited for. */
  static final Duration LENGTH = Duration.ofSeconds(2);

  private boolean begun;
  private long begin;

  synchronized void begin(long now) {
    if (!begun) {
      begun = true;
      begin = now;
    }
  }

  /** The cause to end the migration with, once the time is over. */
  synchronized Optional<EndCause> over(long now) {
    return begun && now - begin >= LENGTH.toNanos()
        ? Optional.of(new EndCause.GivenUp(LENGTH))
        : Optional.empty();
  }
}
