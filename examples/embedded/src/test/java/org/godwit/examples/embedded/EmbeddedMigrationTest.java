package org.godwit.examples.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.junit.jupiter.api.Test;

class EmbeddedMigrationTest {
  @Test
  void shouldMigrateAGuestInsideOneProcess() throws Exception {
    MigrationOutcome outcome = EmbeddedMigration.run(Path.of("target/bundles"));
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), () -> outcome.error().toString());
    assertEquals(GuestLocation.DESTINATION, outcome.guest());
    assertTrue(outcome.statistics().normal() > 0, "pages were moved");
  }
}
