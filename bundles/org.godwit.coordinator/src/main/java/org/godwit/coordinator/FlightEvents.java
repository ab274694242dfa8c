package org.godwit.coordinator;

import jdk.jfr.FlightRecorder;
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

  static void status(Migration migration, String status) {
    if (FlightRecorder.isInitialized()) {
      FlightEvent.STATUS.tell(
          migration.id(), migration.machine(), migration.direction().name(), status);
    }
  }

  static void pass(Migration migration, long pass) {
    if (FlightRecorder.isInitialized()) {
      MigrationStatistics figures = migration.statistics();
      FlightEvent.PASS.tell(
          migration.id(),
          pass,
          figures.remaining(),
          figures.transferred(),
          figures.dirtyPagesRate());
    }
  }

  static void end(Migration migration, MigrationOutcome outcome) {
    if (FlightRecorder.isInitialized()) {
      MigrationStatistics figures = outcome.statistics();
      Downtime parts = figures.downtime();
      FlightEvent.END.tell(
          migration.id(),
          migration.machine(),
          outcome.status().wireName(),
          outcome.guest().wireName(),
          figures.transferred(),
          figures.normal(),
          figures.duplicate(),
          figures.totalTime().toNanos(),
          parts.stop().toNanos(),
          parts.finalPass().toNanos(),
          parts.deviceState().toNanos(),
          parts.handover().toNanos());
    }
  }
}
