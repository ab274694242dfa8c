package org.godwit.coordinator;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.godwit.api.migration.MigrationStatus;

/**
 * Status of a migration and the cause of its end, under one lock: a migration that was ended makes
 * no further step. Thread-safe. {@link #move} is the only place that changes the status.
 */
final class Lifecycle {
  private final Consumer<MigrationStatus> changed;
  private MigrationStatus status = MigrationStatus.NONE;
  private Optional<EndCause> cause = Optional.empty();

  /**
   * A migration that has not begun.
   *
   * @param changed hears every change, under the lock: must only take note
   */
  Lifecycle(Consumer<MigrationStatus> changed) {
    this.changed = changed;
  }

  synchronized MigrationStatus status() {
    return status;
  }

  synchronized Optional<EndCause> cause() {
    return cause;
  }

  /** Throws if the migration was ended. */
  synchronized void check() throws EndedException {
    if (cause.isPresent()) {
      throw new EndedException(cause.get());
    }
  }

  /** The first step, before anybody can know this migration. */
  synchronized void begin() {
    move(MigrationStatus.SETUP);
  }

  /** A step of the migration's own thread. */
  synchronized void advance(MigrationStatus next) throws EndedException {
    check();
    move(next);
  }

  /** A decision that must not fall between a look at the cause and the act. */
  synchronized void checked(Runnable decision) throws EndedException {
    check();
    decision.run();
  }

  /** The last step; does not ask for the cause. */
  synchronized void conclude(MigrationStatus last) {
    move(last);
  }

  /**
   * Ends the migration from any thread, if a condition holds. The first cause counts.
   *
   * @param why cause
   * @param condition asked under the lock that {@link #checked} decides under
   * @return false if it was ended before, or the condition does not hold
   */
  synchronized boolean endIf(EndCause why, BooleanSupplier condition) {
    if (cause.isPresent() || status.isFinal() || !condition.getAsBoolean()) {
      return false;
    }
    cause = Optional.of(why);
    if (why instanceof EndCause.Cancelled && status.next().contains(MigrationStatus.CANCELLING)) {
      move(MigrationStatus.CANCELLING);
    }
    return true;
  }

  private void move(MigrationStatus next) {
    if (!status.next().contains(next)) {
      throw new IllegalStateException("No transition from " + status + " to " + next);
    }
    status = next;
    changed.accept(next);
  }
}
