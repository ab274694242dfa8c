package org.godwit.machine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.WorkListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DepartureNotesTest {
  @TempDir Path temporary;

  private final SampleImage sample = new SampleImage();

  @BeforeEach
  void receive() throws Exception {
    sample.receive(directory()).close();
  }

  private Path directory() {
    return temporary.resolve("image");
  }

  private Machine open() throws Exception {
    return sample.images.open("departing", directory());
  }

  private List<Path> files() throws Exception {
    List<Path> found = new ArrayList<>();
    try (var files = Files.newDirectoryStream(directory(), "departed-*")) {
      files.forEach(found::add);
    }
    return found;
  }

  @Test
  void shouldFindADepartureOfAnEarlierProcess() throws Exception {
    try (Machine first = open()) {
      ((Departures) first).departs("tcp:there:1");
      assertTrue(((Departures) first).noted());
    }
    try (Machine second = open()) {
      ((Departures) second).find();
      ((Departures) second).settled();
      assertFalse(((Departures) second).noted());
    }
    assertEquals(List.of(), files());
    assertEquals(List.of(), sample.images.verify(directory(), WorkListener.NOBODY));
  }

  @Test
  void shouldKeepTheNotesOfOtherGuests() throws Exception {
    try (Machine one = open();
        Machine other = open()) {
      ((Departures) one).departs("tcp:there:1");
      ((Departures) other).departs("tcp:elsewhere:1");
      ((Departures) one).settled();
      ((Departures) one).settled();
      assertEquals(1, files().size());
    }
  }

  @Test
  void shouldRefuseAnImageFromWhichNobodyLeft() throws Exception {
    try (Machine machine = open()) {
      MachineException refused = assertThrows(MachineException.class, ((Departures) machine)::find);
      assertTrue(refused.getMessage().contains("No guest"), refused::getMessage);
    }
  }

  @Test
  void shouldRefuseAnImageThatIsAnotherOne() throws Exception {
    try (Machine machine = open()) {
      ((Departures) machine).departs("tcp:there:1");
    }
    Path note = files().getFirst();
    Files.writeString(
        note, Files.readString(note).replaceFirst("\"image\":\"..", "\"image\":\"zz"));
    try (Machine machine = open()) {
      MachineException refused = assertThrows(MachineException.class, ((Departures) machine)::find);
      assertTrue(refused.getMessage().contains("is not what it was"), refused::getMessage);
    }
  }

  @Test
  void shouldIgnoreADamagedNote() throws Exception {
    Files.writeString(directory().resolve("departed-x.json"), "{\"image\":");
    try (Machine machine = open()) {
      ((Departures) machine).departs("tcp:there:1");
    }
    try (Machine machine = open()) {
      ((Departures) machine).find();
    }
  }
}
