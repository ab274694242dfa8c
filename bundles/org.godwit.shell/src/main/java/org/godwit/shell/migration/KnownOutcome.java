package org.godwit.shell.migration;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;

/** The outcome of a migration, as far as it is known. Stateless. */
final class KnownOutcome {
  private static final long PATIENCE_SECONDS = 2;

  private KnownOutcome() {}

  /**
   * Looks at the outcome. A migration takes its final status a moment before its outcome is told;
   * whoever sees the status wants the reason too, so that moment is waited for.
   */
  static Optional<MigrationOutcome> of(Migration migration) {
    CompletableFuture<MigrationOutcome> outcome = migration.outcome().toCompletableFuture();
    if (!outcome.isDone() && !migration.status().isFinal()) {
      return Optional.empty();
    }
    try {
      return Optional.of(outcome.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("An outcome never completes exceptionally", e);
    }
  }
}
