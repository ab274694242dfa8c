package org.godwit.shell.migration;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.migration.Downtime;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.Migration.Direction;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatistics;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.Sentences;
import org.godwit.shell.text.Progress;
import org.godwit.shell.text.ProgressPrinter;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;

/** How a migration looks to a user while it runs and after it. */
public final class MigrationView {
  private static final long LOOK_MILLIS = 200;
  private static final long CANCEL_SECONDS = 5;

  private MigrationView() {}

  /**
   * Shows progress until the migration has ended. Where the calling thread is told to leave, the
   * migration is cancelled first.
   *
   * @throws InterruptedException if the thread was interrupted; the migration has ended then, if it
   *     could within seconds
   */
  public static MigrationOutcome follow(Migration migration, ProgressPrinter printer)
      throws InterruptedException {
    CompletableFuture<MigrationOutcome> outcome = migration.outcome().toCompletableFuture();
    try {
      while (true) {
        try {
          return outcome.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          show(migration, printer);
        }
      }
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    } catch (InterruptedException e) {
      abandon(migration, outcome);
      throw e;
    } finally {
      printer.clear();
    }
  }

  /** A receiver without a peer does nothing that could progress. */
  private static void show(Migration migration, ProgressPrinter printer) {
    boolean waiting =
        migration.direction() == Direction.INCOMING && migration.status() == MigrationStatus.SETUP;
    if (waiting) {
      printer.clear();
    } else {
      printer.show(progress(migration));
    }
  }

  private static void abandon(Migration migration, CompletableFuture<MigrationOutcome> outcome)
      throws InterruptedException {
    migration.cancel();
    try {
      outcome.get(CANCEL_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("The migration does not end", e);
    }
  }

  /** One look at a migration. */
  static Progress progress(Migration migration) {
    MigrationStatistics figures = migration.statistics();
    MigrationStatus status = migration.status();
    if (figures.total() == 0 || status == MigrationStatus.SETUP) {
      return new Progress(status.wireName(), -1, "", figures.totalTime());
    }
    return migration.direction() == Direction.OUTGOING
        ? outgoing(status, figures)
        : incoming(status, figures);
  }

  private static Progress outgoing(MigrationStatus status, MigrationStatistics figures) {
    String details =
        "%s pages %s dirty %s/s left %s"
            .formatted(
                Units.count(figures.normal() + figures.duplicate()),
                Units.rate(figures.megabitsPerSecond() * 1e6 / 8),
                Units.count(figures.dirtyPagesRate()),
                Units.bytes(figures.remaining()));
    double done = 1 - (double) figures.remaining() / figures.total();
    return new Progress(status.wireName(), done, details, figures.totalTime());
  }

  /** A destination does not know what is still to come; the first pass is most of it. */
  private static Progress incoming(MigrationStatus status, MigrationStatistics figures) {
    long pages = figures.normal() + figures.duplicate();
    String details =
        "%s pages %s received".formatted(Units.count(pages), Units.bytes(figures.transferred()));
    double done = (double) (pages * figures.pageSize()) / figures.total();
    return new Progress(status.wireName(), Math.min(done, 1), details, figures.totalTime());
  }

  /** The figures of a migration; those that only a source can know are left out elsewhere. */
  public static Table report(Direction direction, MigrationOutcome outcome) {
    MigrationStatistics figures = outcome.statistics();
    double seconds = Math.max(1e-6, figures.totalTime().toNanos() / 1e9);
    boolean source = direction == Direction.OUTGOING;
    Table table = Table.plain();
    table.row("status", outcome.status().wireName());
    table.row("guest", outcome.guest().wireName());
    table.row("total time", Units.time(figures.totalTime()));
    if (source) {
      table.row("setup time", Units.time(figures.setupTime()));
      table.row(outcome.status().isFinal() ? "downtime" : "downtime now", downtime(outcome));
    }
    table.row("transferred", Units.bytes(figures.transferred()));
    table.row("guest memory", Units.bytes(figures.total()));
    table.row("pages", pages(figures));
    if (source) {
      table.row("iterations", Units.count(figures.dirtySyncCount()));
    }
    table.row("throughput", Units.rate(figures.transferred() / seconds));
    figures.postcopy().ifPresent(part -> postcopy(part, source, table));
    return table;
  }

  private static void postcopy(PostcopyStatistics figures, boolean source, Table table) {
    table.row(
        "pages after switchover",
        "%s requested, %s in the background"
            .formatted(
                Units.count(figures.requestedPages()), Units.count(figures.backgroundPages())));
    if (!source) {
      table.row(
          "faults",
          "%s, latency %s median, %s p99, %s max"
              .formatted(
                  Units.count(figures.faults()),
                  Units.time(figures.latencyMedian()),
                  Units.time(figures.latency99()),
                  Units.time(figures.latencyMost())));
    }
    if (figures.recoveries() > 0) {
      table.row("recoveries", Units.count(figures.recoveries()));
    }
    if (figures.releasedBytes() > 0) {
      table.row("released", Units.bytes(figures.releasedBytes()));
    }
  }

  private static String downtime(MigrationOutcome outcome) {
    MigrationStatistics figures = outcome.statistics();
    return outcome.status().isFinal()
        ? Units.time(figures.downtime().total()) + parts(figures.downtime())
        : "would be " + Units.time(figures.expectedDowntime());
  }

  private static String parts(Downtime parts) {
    return " (stop %s, final pass %s, device state %s, handover %s)"
        .formatted(
            Units.time(parts.stop()),
            Units.time(parts.finalPass()),
            Units.time(parts.deviceState()),
            Units.time(parts.handover()));
  }

  private static String pages(MigrationStatistics figures) {
    return "%s normal, %s zero, of %s"
        .formatted(
            Units.count(figures.normal()),
            Units.count(figures.duplicate()),
            Units.bytes(figures.pageSize()));
  }

  /**
   * Ends a command whose migration did not complete.
   *
   * @throws CommandFailure with the reason and where the guest is, unless it completed
   */
  public static void requireCompleted(MigrationOutcome outcome) throws CommandFailure {
    if (outcome.status() == MigrationStatus.COMPLETED) {
      return;
    }
    // the engine's sentence tells where the guest is
    throw new CommandFailure(
        outcome.error().map(Sentences::of).orElse("The migration was cancelled"));
  }
}
