package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightEventsTest {
  @TempDir private Path directory;

  @Test
  void shouldRecordStatusesPassesAndTheEnd() throws Exception {
    Rig rig = new Rig();
    rig.source.start();
    MigrationOutcome sent;
    List<RecordedEvent> events;
    try (Recording recording = new Recording()) {
      recording.enable("org.godwit.MigrationStatus");
      recording.enable("org.godwit.MigrationPass");
      recording.enable("org.godwit.MigrationEnd");
      recording.start();
      Migration incoming = rig.receive();
      sent = Rig.outcome(rig.send());
      var _ = Rig.outcome(incoming);
      recording.stop();
      Path file = directory.resolve("migration.jfr");
      recording.dump(file);
      // events of several threads are not written in the order in which they happened
      events =
          RecordingFile.readAllEvents(file).stream()
              .sorted(Comparator.comparing(RecordedEvent::getStartTime))
              .toList();
    }

    assertEquals(List.of("setup", "active", "device", "completed"), statuses(events));
    assertEquals(
        sent.statistics().dirtySyncCount(), named(events, "org.godwit.MigrationPass").size());
    RecordedEvent end =
        named(events, "org.godwit.MigrationEnd").stream()
            .filter(event -> event.getString("machine").equals("source"))
            .findFirst()
            .orElseThrow();
    assertEquals("destination", end.getString("guest"));
    assertEquals(sent.statistics().normal(), end.getLong("normal"));
    assertTrue(end.getDuration("handover").toNanos() > 0);
  }

  private static List<String> statuses(List<RecordedEvent> events) {
    return named(events, "org.godwit.MigrationStatus").stream()
        .filter(event -> event.getString("direction").equals("OUTGOING"))
        .map(event -> event.getString("status"))
        .toList();
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
  }
}
