package org.godwit.shell.program;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import org.godwit.api.machine.FirstPages;
import org.godwit.api.machine.FirstPages.Lesson;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;

/** What is to tell about a guest that started before its memory arrived. */
final class InstantRestore implements MigrationListener {
  /** Starts a migration. */
  @FunctionalInterface
  interface Start {
    Migration run() throws MigrationException;
  }

  private final Machine machine;
  // volatile: set by the thread of the command before, and by the migration's when the guest went
  private volatile long begun;
  private volatile Optional<Duration> handed = Optional.empty();

  InstantRestore(Machine machine) {
    this.machine = machine;
  }

  Migration begin(Start start) throws MigrationException {
    begun = System.nanoTime();
    Migration migration = start.run();
    var _ = migration.listen(this);
    return migration;
  }

  @Override
  public void statusChanged(Migration migration, MigrationStatus status) {
    if (status == MigrationStatus.POSTCOPY_ACTIVE && handed.isEmpty()) {
      handed = Optional.of(Duration.ofNanos(System.nanoTime() - begun));
    }
  }

  @Override
  public void passDone(Migration migration, long pass) {
    // nothing to tell
  }

  /** As far as the source can see: until the destination said that RUN is next. */
  private Optional<Duration> firstInstruction(MigrationOutcome outcome) {
    return handed.map(d -> d.plus(outcome.statistics().downtime().handover()));
  }

  private Optional<Lesson> lesson() {
    return machine instanceof FirstPages pages ? pages.lesson() : Optional.empty();
  }

  void add(Table report, MigrationOutcome outcome) {
    firstInstruction(outcome).ifPresent(t -> report.row("guest started after", Units.time(t)));
    outcome.statistics().postcopy().ifPresent(p -> report.row("faults", faults(p)));
    lesson().ifPresent(l -> report.row("prefetch", sentence(l)));
  }

  private static String faults(PostcopyStatistics figures) {
    return "%s requests; pages: %s requested, %s background"
        .formatted(
            Units.count(figures.requests()),
            Units.count(figures.requestedPages()),
            Units.count(figures.backgroundPages()));
  }

  private static String sentence(Lesson lesson) {
    String text =
        "%s known pages sent first, %s faults saved (%s now, %s before any was known; %s restores)"
            .formatted(
                Units.count(lesson.prefetched()),
                Units.count(lesson.saved()),
                Units.count(lesson.requests()),
                Units.count(lesson.firstRequests()),
                Units.count(lesson.restores()));
    return lesson.obstacle().map(o -> text + "; nothing was learned: " + o).orElse(text);
  }

  void add(ObjectNode json, MigrationOutcome outcome) {
    firstInstruction(outcome)
        .ifPresent(t -> json.put("guest-started-after-us", t.toNanos() / 1000));
    lesson().ifPresent(l -> add(json, l));
  }

  private static void add(ObjectNode json, Lesson lesson) {
    ObjectNode prefetch = json.putObject("prefetch");
    prefetch
        .put("restores", lesson.restores())
        .put("prefetched-pages", lesson.prefetched())
        .put("requests", lesson.requests())
        .put("first-requests", lesson.firstRequests())
        .put("saved-requests", lesson.saved());
    lesson.obstacle().ifPresent(o -> prefetch.put("obstacle", o));
  }
}
