package org.godwit.coordinator;

import java.time.Duration;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.godwit.api.migration.Downtime;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatistics;

/**
 * What a migration tells the JDK Flight Recorder: one event for each change of status, each bitmap
 * sync and each end; nothing for a page. Costs nothing while nobody records. Stateless.
 */
final class FlightEvents {
  private FlightEvents() {}

  /** The status of a migration changed. */
  @Name("org.godwit.MigrationStatus")
  @Label("Migration Status")
  @Category({"Godwit", "Migration"})
  @StackTrace(false)
  static final class Status extends Event {
    @Label("Migration")
    long migration;

    @Label("Machine")
    String machine = "";

    @Label("Direction")
    String direction = "";

    @Label("Status")
    String status = "";
  }

  /** A bitmap sync ended. */
  @Name("org.godwit.MigrationPass")
  @Label("Migration Pass")
  @Category({"Godwit", "Migration"})
  @StackTrace(false)
  static final class Pass extends Event {
    @Label("Migration")
    long migration;

    @Label("Pass")
    long pass;

    @Label("Remaining")
    @DataAmount
    long remaining;

    @Label("Transferred")
    @DataAmount
    long transferred;

    @Label("Dirty Pages per Second")
    long dirtyPagesRate;
  }

  /** A migration ended. */
  @Name("org.godwit.MigrationEnd")
  @Label("Migration End")
  @Category({"Godwit", "Migration"})
  @StackTrace(false)
  static final class End extends Event {
    @Label("Migration")
    long migration;

    @Label("Machine")
    String machine = "";

    @Label("Status")
    String status = "";

    @Label("Guest Is At")
    String guest = "";

    @Label("Transferred")
    @DataAmount
    long transferred;

    @Label("Normal Pages")
    long normal;

    @Label("Zero Pages")
    long duplicate;

    @Label("Total Time")
    @Timespan
    long totalTime;

    @Label("Downtime: Stop")
    @Timespan
    long stop;

    @Label("Downtime: Final Pass")
    @Timespan
    long finalPass;

    @Label("Downtime: Device State")
    @Timespan
    long deviceState;

    @Label("Downtime: Handover")
    @Timespan
    long handover;
  }

  static void status(Migration migration, String status) {
    Status event = new Status();
    if (event.isEnabled()) {
      event.migration = migration.id();
      event.machine = migration.machine();
      event.direction = migration.direction().name();
      event.status = status;
      event.commit();
    }
  }

  static void pass(Migration migration, long pass) {
    Pass event = new Pass();
    if (event.isEnabled()) {
      MigrationStatistics figures = migration.statistics();
      event.migration = migration.id();
      event.pass = pass;
      event.remaining = figures.remaining();
      event.transferred = figures.transferred();
      event.dirtyPagesRate = figures.dirtyPagesRate();
      event.commit();
    }
  }

  static void end(Migration migration, MigrationOutcome outcome) {
    End event = new End();
    if (event.isEnabled()) {
      MigrationStatistics figures = outcome.statistics();
      event.migration = migration.id();
      event.machine = migration.machine();
      event.status = outcome.status().wireName();
      event.guest = outcome.guest().wireName();
      event.transferred = figures.transferred();
      event.normal = figures.normal();
      event.duplicate = figures.duplicate();
      event.totalTime = nanos(figures.totalTime());
      downtime(event, figures.downtime());
      event.commit();
    }
  }

  private static void downtime(End event, Downtime parts) {
    event.stop = nanos(parts.stop());
    event.finalPass = nanos(parts.finalPass());
    event.deviceState = nanos(parts.deviceState());
    event.handover = nanos(parts.handover());
  }

  private static long nanos(Duration duration) {
    return duration.toNanos();
  }
}
