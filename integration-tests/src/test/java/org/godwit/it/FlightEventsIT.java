package org.godwit.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A container whose JVM is being recorded: what bundles see of the recorder is not all of it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlightEventsIT {
  private static final long MEMORY = 16L << 20;

  @TempDir Path directory;

  @Test
  void shouldMigrateAndTellOfItWhileTheJvmIsRecorded() throws Exception {
    Path file = directory.resolve("migration.jfr");
    try (Recording recording = new Recording();
        EngineContainer engine = EngineContainer.start(directory.resolve("storage"))) {
      recording.start();
      assertEquals(GuestLocation.DESTINATION, migrate(engine));
      recording.dump(file);
    }

    List<RecordedEvent> ends =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("org.godwit.MigrationEnd"))
            .toList();
    assertEquals(2, ends.size(), "one for each direction");
    for (RecordedEvent end : ends) {
      assertEquals("completed", end.getString("status"));
      assertTrue(end.getLong("transferred") > 0);
    }
  }

  private static GuestLocation migrate(EngineContainer engine) throws Exception {
    MachineProvider provider = engine.machines("scripted");
    Machine leaving = provider.create(new MachineSpec("leaving", MEMORY, Map.of()));
    leaving.start();
    try {
      Migration incoming =
          engine
              .migrations()
              .incoming(
                  provider.prepare(new MachineSpec("arriving", MEMORY, Map.of())),
                  "tcp:127.0.0.1:0",
                  Settings.defaults(),
                  true);
      Migration outgoing =
          engine.migrations().migrate(leaving, incoming.endpoint().toString(), Settings.defaults());
      GuestLocation where = outgoing.outcome().toCompletableFuture().get().guest();
      incoming.outcome().toCompletableFuture().get().machine().orElseThrow().close();
      return where;
    } finally {
      leaving.close();
    }
  }
}
