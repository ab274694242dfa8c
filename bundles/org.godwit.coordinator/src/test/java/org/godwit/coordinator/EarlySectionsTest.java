package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateDescription;
import org.godwit.api.savestate.StateReader;
import org.godwit.api.savestate.StateWriter;
import org.junit.jupiter.api.Test;

/** FULL sections in front of the memory, as virtio-mem has them. */
class EarlySectionsTest {
  private final Rig rig = new Rig();
  private final List<String> heard = new ArrayList<>();

  @Test
  void shouldSendAnEarlySectionBeforeTheMemory() throws Exception {
    rig.source.with(new Early(rig.source, heard));
    rig.target.machine().with(new Early(rig.target.machine(), heard));
    rig.source.start();
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(List.of("saved", "loaded 4711 before the memory"), heard);
    assertEquals(77, rig.target.machine().ticks());
    assertArrayEquals(rig.source.memory(0), rig.target.machine().memory(0));
  }

  @Test
  void shouldRecordWhatComesBeforeTheMemoryApartFromTheRest() throws Exception {
    rig.target.recording(new Recorder());
    Migration incoming = rig.receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      source.header(FakeMachine.TYPE).device("virtio-mem-early", 1, 40).device("other", 2, 0);
      source.rest().eofAlone();
      source.channel.endOutput();
      assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    }
    assertEquals(
        List.of(
            "early virtio-mem-early/0 v1 40",
            "early other/0 v2 0",
            "clock/0 v1 24",
            "globalstate/0 v1 104"),
        heard);
  }

  private final class Recorder implements DeviceRecorder {
    @Override
    public void section(SectionKey key, int version, byte[] body) {
      heard.add("%s v%d %d".formatted(key, version, body.length));
    }

    @Override
    public void earlySection(SectionKey key, int version, byte[] body) {
      heard.add("early %s v%d %d".formatted(key, version, body.length));
    }

    @Override
    public void description(String json) {
      heard.add(json);
    }
  }

  private record Early(FakeMachine machine, List<String> heard) implements DeviceState {
    @Override
    public SectionKey key() {
      return new SectionKey("early", 3);
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public int minimumVersion() {
      return 1;
    }

    @Override
    public boolean early() {
      return true;
    }

    @Override
    public StateDescription save(StateWriter out) throws IOException {
      heard.add("saved");
      out.be32(4711);
      return StateDescription.opaque(1, 4);
    }

    @Override
    public void load(StateReader in, int version) throws IOException {
      long value = in.be32();
      long filled = MemorySegment.ofArray(machine.memory(0)).mismatch(empty());
      heard.add("loaded " + value + (filled < 0 ? " before the memory" : " too late"));
    }

    private MemorySegment empty() {
      return MemorySegment.ofArray(new byte[machine.memory(0).length]);
    }
  }
}
