package org.godwit.shell.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration.Direction;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationStatus;
import org.junit.jupiter.api.Test;

class QueryMigrateTest {
  @Test
  void shouldNameTheRamFieldsAsQemuDoes() {
    ObjectNode answer =
        QueryMigrate.of(new FakeMigration(Direction.OUTGOING, MigrationStatus.ACTIVE));
    assertEquals(
        List.of(
            "transferred",
            "remaining",
            "total",
            "duplicate",
            "normal",
            "normal-bytes",
            "dirty-pages-rate",
            "mbps",
            "dirty-sync-count",
            "postcopy-requests",
            "page-size",
            "multifd-bytes",
            "pages-per-second",
            "precopy-bytes",
            "downtime-bytes",
            "postcopy-bytes",
            "dirty-sync-missed-zero-copy"),
        names((ObjectNode) answer.get("ram")));
    assertEquals(200L * 4096, answer.at("/ram/normal-bytes").asLong());
  }

  @Test
  void shouldTellExpectedDowntimeOnlyWhileRunning() {
    ObjectNode running =
        QueryMigrate.of(new FakeMigration(Direction.OUTGOING, MigrationStatus.ACTIVE));
    assertEquals("active", running.get("status").asText());
    assertEquals(40, running.get("expected-downtime").asLong());
    assertFalse(running.has("downtime"));
  }

  @Test
  void shouldTellDowntimeInMillisecondsAndItsPartsInMicroseconds() {
    ObjectNode done =
        QueryMigrate.of(
            new FakeMigration(Direction.OUTGOING, MigrationStatus.COMPLETED)
                .ended(GuestLocation.DESTINATION, Optional.empty()));
    assertEquals(4, done.get("downtime").asLong());
    assertEquals(1234, done.get("total-time").asLong());
    assertEquals(5, done.get("setup-time").asLong());
    assertFalse(done.has("expected-downtime"));
    assertEquals(100, done.at("/x-godwit-downtime/stop-us").asLong());
    assertEquals(3500, done.at("/x-godwit-downtime/total-us").asLong());
    assertEquals("destination", done.get("x-godwit-guest").asText());
  }

  @Test
  void shouldTellWhyItFailedAndWhoseFaultItIs() {
    MigrationException error =
        new MigrationException(Fault.LINK, GuestLocation.SOURCE, "The link broke");
    ObjectNode failed =
        QueryMigrate.of(
            new FakeMigration(Direction.OUTGOING, MigrationStatus.FAILED)
                .ended(GuestLocation.SOURCE, Optional.of(error)));
    assertEquals("The link broke", failed.get("error-desc").asText());
    assertEquals("link", failed.get("x-godwit-fault").asText());
  }

  @Test
  void shouldTellWhereADestinationListensAsQemuDoes() {
    ObjectNode waiting =
        QueryMigrate.of(new FakeMigration(Direction.INCOMING, MigrationStatus.SETUP));
    assertEquals("inet", waiting.at("/socket-address/0/type").asText());
    assertEquals("127.0.0.1", waiting.at("/socket-address/0/host").asText());
    assertEquals("4444", waiting.at("/socket-address/0/port").asText());
    assertFalse(waiting.has("ram"));
    assertTrue(waiting.has("x-godwit-ram"));
  }

  private static List<String> names(ObjectNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
