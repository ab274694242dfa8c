package org.godwit.savestate.devices;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.CapabilityRule.Side;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.LiveLoad.Part;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.LiveState.Accuracy;
import org.godwit.api.savestate.LiveState.Progress;
import org.godwit.api.savestate.PendingBytes;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateDescription;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateReader;
import org.godwit.api.savestate.StateWriter;
import org.godwit.tck.BytesReader;
import org.godwit.tck.BytesWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dirty bitmaps of block devices, as chunks of the specification's example. */
class BitmapTest {
  private static final String ANNOUNCED =
      "1c 02 6430 03 626d31 00001000 00"
          + "14 03 626d30 00010000 01"
          + "1c 02 6431 01 78 00010000 01";

  /** The second chunk has the names of the first one. */
  private static final String FIRST = "4e 02 6430 03 626d31 0000000000000000 00010000";

  private static final String SECOND =
      "42 0000000000010000 00010000"
          + "24 03 626d31"
          + "40 0000000000000000 00000080 0000000000000002 ff01";

  private final Kept kept = new Kept();
  private final BitmapLoad load = new BitmapLoad(kept);

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  /** What a machine keeps. */
  private static final class Kept implements DeviceRecorder {
    final List<DeviceState> sections = new ArrayList<>();
    boolean full;

    @Override
    public void section(SectionKey key, int version, byte[] body) throws MachineException {
      if (full) {
        throw new MachineException("disk full");
      }
      sections.add(new Section(key, version, MemorySegment.ofArray(body)));
    }

    @Override
    public void description(String json) {}
  }

  private record Section(SectionKey key, int version, MemorySegment body) implements DeviceState {
    @Override
    public int minimumVersion() {
      return version;
    }

    @Override
    public StateDescription save(StateWriter out) throws IOException {
      out.bytes(body, 0, body.byteSize());
      return StateDescription.opaque(version, body.byteSize());
    }

    @Override
    public void load(StateReader in, int found) {
      throw new UnsupportedOperationException();
    }
  }

  private void load(Part part, String hex) throws StateException, IOException {
    BytesReader in = new BytesReader(bytes(hex));
    load.load(part, in);
    assertEquals(0, in.remaining());
  }

  private static byte[] written(Writing writing) throws Exception {
    BytesWriter out = new BytesWriter();
    writing.to(out);
    return out.toByteArray();
  }

  /** Writes a body. */
  private interface Writing {
    void to(BytesWriter out) throws Exception;
  }

  @Test
  void shouldSendWhatCameInTheSameOrder() throws Exception {
    load(Part.START, ANNOUNCED + "01");
    load(Part.PART, "01");
    load(Part.PART, FIRST + "01");
    load(Part.END, SECOND + "01");
    assertEquals(2, kept.sections.size());
    assertTrue(kept.sections.stream().allMatch(section -> BitmapProvider.keeps(section.key())));
    try (LiveState state = new BitmapState(kept.sections.get(0), kept.sections.get(1))) {
      assertEquals(new SectionKey("dirty-bitmap", 0), state.key());
      assertEquals(1, state.version());
      assertArrayEquals(bytes(ANNOUNCED + "01"), written(state::setup));
      assertEquals(PendingBytes.NONE, state.pending(Accuracy.EXACT));
      assertArrayEquals(
          bytes("01"),
          written(out -> assertEquals(Progress.DONE, state.iterate(out, () -> false))));
      assertArrayEquals(bytes(FIRST + SECOND + "01"), written(state::complete));
    }
  }

  @Test
  void shouldKeepNothingBeforeTheEnd() throws Exception {
    load(Part.START, ANNOUNCED + "01");
    load(Part.PART, FIRST + SECOND + "01");
    assertEquals(List.of(), kept.sections);
  }

  @ParameterizedTest
  @ValueSource(strings = {FIRST, SECOND})
  void shouldRefuseBitsThatWereNotAnnounced(String chunks) {
    refused(Part.START, chunks, "announced in the START section");
  }

  @Test
  void shouldRefuseToAnnounceLater() {
    refused(Part.PART, ANNOUNCED, "announced in the START section");
  }

  private void refused(Part part, String hex, String says) {
    StateException refused = assertThrows(StateException.class, () -> load(part, hex + "01"));
    assertEquals(StateException.Fault.PEER, refused.fault());
    assertTrue(refused.getMessage().contains(says), refused::getMessage);
  }

  @Test
  void shouldSayWhyTheyCannotBeKept() {
    kept.full = true;
    StateException failed = assertThrows(StateException.class, () -> load(Part.END, FIRST + "01"));
    assertEquals(StateException.Fault.ENVIRONMENT, failed.fault());
    assertTrue(failed.getMessage().contains("disk full"), failed::getMessage);
  }

  @Test
  void shouldRefuseBackgroundSnapshotsBeside() {
    BitmapRule rule = new BitmapRule();
    Settings settings = Settings.defaults().with(Capability.DIRTY_BITMAPS, true);
    assertEquals(Optional.empty(), rule.conflict(settings, Side.SOURCE));
    assertFalse(
        rule.conflict(settings.with(Capability.BACKGROUND_SNAPSHOT, true), Side.SOURCE).isEmpty());
  }
}
