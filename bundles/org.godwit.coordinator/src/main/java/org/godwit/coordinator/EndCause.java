package org.godwit.coordinator;

import java.time.Duration;
import org.godwit.api.migration.MigrationException.Fault;

/** Why a migration is ended from outside the thread that does its work. The first one counts. */
sealed interface EndCause {
  /** A sentence for logs and messages. */
  String sentence();

  /** A user broke the link of a migration in postcopy. */
  record Paused() implements EndCause {
    @Override
    public String sentence() {
      return "The migration was paused by migrate-pause.";
    }
  }

  /** The engine goes away. */
  record EngineStopped() implements EndCause {
    @Override
    public String sentence() {
      return "The engine was stopped.";
    }
  }

  /** A user ended it. */
  record Cancelled() implements EndCause {
    @Override
    public String sentence() {
      return "The migration was cancelled.";
    }
  }

  /**
   * A user ended it while the destination may have had the guest already.
   *
   * @param waited how long the answer was waited for after that
   */
  record GivenUp(Duration waited) implements EndCause {
    @Override
    public String sentence() {
      return "The migration was cancelled while the destination was taking the guest over, and no"
          + " answer came within "
          + waited.toMillis()
          + " ms.";
    }
  }

  /**
   * A service that it uses went away.
   *
   * @param bundle symbolic name of the service's bundle
   */
  record ServiceGone(String bundle) implements EndCause {
    @Override
    public String sentence() {
      return "Bundle " + bundle + ", which this migration uses, was stopped.";
    }
  }

  /**
   * The peer made no progress.
   *
   * @param timeout time allowed
   */
  record Stalled(Duration timeout) implements EndCause {
    @Override
    public String sentence() {
      return "The peer moved less than %d bytes in %d ms (x-godwit-stall-timeout)."
          .formatted(StallWatch.PROGRESS, timeout.toMillis());
    }
  }

  /**
   * The other direction told, or broke.
   *
   * @param fault who is at fault
   * @param sentence what happened
   */
  record PeerFailed(Fault fault, String sentence) implements EndCause {}
}
