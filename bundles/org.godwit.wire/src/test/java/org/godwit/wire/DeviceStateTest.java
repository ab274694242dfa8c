package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.godwit.wire.colo.ColoMessage;
import org.godwit.wire.description.DecodedField;
import org.godwit.wire.description.DeviceDecoder;
import org.godwit.wire.description.DeviceDescription;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceState;
import org.godwit.wire.description.DeviceStateCutter;
import org.godwit.wire.description.VmDescription;
import org.godwit.wire.description.VmDescriptionCodec;
import org.godwit.wire.dirtybitmap.DirtyBitmapChunk;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.walk.StreamVisitor;
import org.godwit.wire.walk.StreamWalker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Device sections, their description, dirty bitmaps and COLO checkpoints. */
class DeviceStateTest {

  static Stream<Recording> described() {
    return Recording.all()
        .filter(
            recording ->
                Stream.of("postcopy", "preempt", "recover", "cancelled", "colo")
                    .noneMatch(recording.name()::startsWith));
  }

  private static DeviceState devices(Recording recording) throws IOException {
    List<DeviceState> states = new ArrayList<>();
    StreamVisitor visitor =
        new StreamVisitor() {
          @Override
          public void deviceState(DeviceState state) {
            states.add(state);
          }
        };
    try (StreamWalker walker =
        new StreamWalker(
            Recording.input(recording.forward()),
            recording.options(),
            recording.format(),
            visitor)) {
      walker.walk();
    }
    return states.getFirst();
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldWriteDescriptionAsItWasSent(Recording recording) throws IOException {
    byte[] json = devices(recording).json().orElseThrow();
    VmDescription description = VmDescriptionCodec.parse(json, 0);
    assertEquals(
        new String(json, java.nio.charset.StandardCharsets.UTF_8),
        new String(VmDescriptionCodec.write(description), java.nio.charset.StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldDecodeEveryByteOfEveryDevice(Recording recording) throws IOException {
    DeviceState state = devices(recording);
    for (DeviceSection section : state.sections()) {
      DeviceDescription device =
          state.description().orElseThrow().find(section.idstr(), section.instance()).orElseThrow();
      assertEquals(device.bodySize(), section.body().length);
      assertTrue(DeviceDecoder.decode(section, device.state()).size() > 0);
    }
  }

  @Test
  void shouldDecodeNamesAndValues() throws IOException {
    DeviceState state = devices(Recording.of("precopy-running-7.2"));
    DeviceSection timer = state.sections().getFirst();
    Map<String, Object> values =
        DeviceDecoder.decode(timer, state.description().get().find("timer", 0).get().state())
            .stream()
            .collect(Collectors.toMap(DecodedField::path, DecodedField::value));
    assertEquals(0x16871cceL, values.get("cpu_ticks_offset"));
    assertEquals("0000000000000000", values.get("unused"));
    assertEquals(0x08ad6d27L, values.get("cpu_clock_offset"));
    DeviceSection cpu = state.sections().get(2);
    assertTrue(
        DeviceDecoder.decode(cpu, state.description().get().find("cpu", 0).get().state()).stream()
            .anyMatch(field -> field.path().equals("env.regs[15]")));
  }

  private static byte[] deviceBytes(Recording recording, DeviceState state) {
    return Arrays.copyOfRange(
        recording.forward(),
        (int) state.sections().getFirst().offset(),
        recording.forward().length);
  }

  @Test
  void shouldBeCompleteWithTheLastByteOfTheDescriptionAndNotBefore() throws IOException {
    Recording recording = Recording.of("precopy-running-10.0");
    DeviceState state = devices(recording);
    byte[] bytes = deviceBytes(recording, state);
    DeviceStateCutter cutter =
        new DeviceStateCutter(state.sections().getFirst().offset(), true, Limits.DEFAULT);
    int step = 613;
    for (int at = 0; at < bytes.length - 1; at += step) {
      int count = Math.min(step, bytes.length - 1 - at);
      assertEquals(
          DeviceStateCutter.Progress.NEED_MORE,
          cutter.offer(MemorySegment.ofArray(bytes), at, count));
    }
    assertEquals(
        DeviceStateCutter.Progress.COMPLETE,
        cutter.offer(MemorySegment.ofArray(bytes), bytes.length - 1, 1));
    assertEquals(0, cutter.surplus());
    assertEquals(names(state), names(cutter.result()));
    assertArrayEquals(state.json().get(), cutter.result().json().get());
  }

  @Test
  void shouldTellHowMuchLiesBehindTheDescription() throws IOException {
    Recording recording = Recording.of("precopy-stopped-7.2");
    DeviceState state = devices(recording);
    byte[] bytes = deviceBytes(recording, state);
    byte[] more = Arrays.copyOf(bytes, bytes.length + 9);
    DeviceStateCutter cutter = new DeviceStateCutter(0, true, Limits.DEFAULT);
    assertEquals(
        DeviceStateCutter.Progress.COMPLETE,
        cutter.offer(MemorySegment.ofArray(more), 0, more.length));
    assertEquals(9, cutter.surplus());
  }

  @ParameterizedTest
  @MethodSource("described")
  void shouldFindTheSameSectionsByFooters(Recording recording) throws IOException {
    org.junit.jupiter.api.Assumptions.assumeTrue(recording.options().footers());
    DeviceState state = devices(recording);
    byte[] bytes = deviceBytes(recording, state);
    int end = (int) (state.endOffset() - state.sections().getFirst().offset());
    DeviceStateCutter cutter =
        new DeviceStateCutter(state.sections().getFirst().offset(), true, Limits.DEFAULT);
    cutter.offer(MemorySegment.ofArray(bytes), 0, end + 1);
    DeviceState found = cutter.endOfInput();
    assertEquals(names(state), names(found));
    assertEquals(state.endOffset(), found.endOffset());
    assertEquals(Optional.empty(), found.json());
  }

  private static List<String> names(DeviceState state) {
    return state.sections().stream()
        .map(section -> section.idstr() + section.instance() + " " + section.body().length)
        .toList();
  }

  @Test
  void shouldRefuseDeviceStateBeyondTheLimit() {
    Limits limits = new Limits(1, 1, 1, 10, 10, 1, 1, 1);
    DeviceStateCutter cutter = new DeviceStateCutter(0, true, limits);
    WireException refused =
        assertThrows(
            WireException.class, () -> cutter.offer(MemorySegment.ofArray(new byte[21]), 0, 21));
    assertEquals(WireException.Kind.LIMIT, refused.kind());
  }

  @Test
  void shouldReadDirtyBitmapChunks() throws IOException {
    Recording recording = Recording.of("dirty-bitmaps-7.2");
    List<List<DirtyBitmapChunk>> sections = new ArrayList<>();
    StreamVisitor visitor =
        new StreamVisitor() {
          @Override
          public void sectionBegins(StreamItem.SectionHeader header) {
            if (header.idstr().equals("dirty-bitmap")) {
              sections.add(new ArrayList<>());
            }
          }

          @Override
          public void dirtyBitmapChunk(DirtyBitmapChunk chunk) {
            sections.getLast().add(chunk);
          }
        };
    try (StreamWalker walker =
        new StreamWalker(
            Recording.input(recording.forward()),
            recording.options(),
            recording.format(),
            visitor)) {
      walker.walk();
    }
    JsonNode expected = recording.facts().get("dirty_bitmap_chunks");
    assertEquals(expected.size(), sections.size());
    for (int i = 0; i < sections.size(); i++) {
      JsonNode chunks = expected.get(i).get("chunks");
      assertEquals(chunks.size(), sections.get(i).size());
      for (int k = 0; k < chunks.size(); k++) {
        assertChunk(chunks.get(k), sections.get(i).get(k));
      }
    }
  }

  private static void assertChunk(JsonNode expected, DirtyBitmapChunk chunk) {
    assertEquals(expected.get("flags").asInt(), chunk.flags());
    assertEquals(expected.path("node").asText(""), chunk.node().orElse(""));
    assertEquals(expected.path("bitmap").asText(""), chunk.bitmap().orElse(""));
    switch (chunk.content()) {
      case DirtyBitmapChunk.Announcement start -> {
        assertEquals(expected.get("granularity").asLong(), start.granularity());
        assertEquals(expected.get("bflags").asInt(), start.bitmapFlags());
      }
      case DirtyBitmapChunk.Bits bits -> {
        assertEquals(expected.get("sector").asLong(), bits.firstSector());
        assertEquals(expected.get("nr").asLong(), bits.sectors());
        assertEquals(expected.has("buffer"), bits.buffer().isPresent());
        if (bits.buffer().isPresent()) {
          byte[] buffer = bits.buffer().get();
          assertEquals(expected.get("buffer").get("sha256").asText(), RamImage.sha256(buffer));
          assertEquals(
              expected.get("buffer").get("first_32_hex").asText(),
              HexFormat.of().formatHex(buffer, 0, Math.min(32, buffer.length)));
        }
      }
      case DirtyBitmapChunk.Empty empty -> assertTrue(!expected.has("sector"));
    }
  }

  /** Memory after each checkpoint of a COLO recording. */
  private static final class Checkpoints implements StreamVisitor {

    private final RamImage memory = new RamImage();
    private final List<String> messages = new ArrayList<>();
    private final List<Map<String, String>> digests = new ArrayList<>();
    private final List<String> blobs = new ArrayList<>();

    @Override
    public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
      memory.ramRecord(reader, kind);
    }

    @Override
    public void coloMessage(long offset, ColoMessage message) {
      messages.add(message + "@" + offset);
    }

    @Override
    public void coloDevices(long offset, byte[] blob, List<DeviceSection> sections) {
      digests.add(new TreeMap<>(memory.digests()));
      blobs.add(
          offset
              + " "
              + blob.length
              + " "
              + RamImage.sha256(blob)
              + " "
              + sections.stream().map(DeviceSection::idstr).toList());
    }
  }

  @Test
  void shouldWalkColoCheckpoints() throws IOException {
    Recording recording = Recording.of("colo-7.2");
    Checkpoints found = new Checkpoints();
    try (StreamWalker walker =
        new StreamWalker(
            Recording.input(recording.forward()), recording.options(), recording.format(), found)) {
      walker.walk();
      walker.walkCheckpoints();
    }
    List<String> messages = new ArrayList<>();
    List<String> blobs = new ArrayList<>();
    for (JsonNode message : recording.facts().get("after_initial_stream_forward")) {
      messages.add(message.get("message").asText() + "@" + message.get("offset").asLong());
      if (message.has("device_blob")) {
        JsonNode blob = message.get("device_blob");
        List<String> sections = new ArrayList<>();
        blob.get("sections").forEach(name -> sections.add(name.asText()));
        blobs.add(
            blob.get("offset").asLong()
                + " "
                + blob.get("bytes").asLong()
                + " "
                + blob.get("sha256").asText()
                + " "
                + sections);
      }
    }
    assertEquals(messages, found.messages);
    assertEquals(blobs, found.blobs);
    List<Map<String, String>> digests = new ArrayList<>();
    for (JsonNode checkpoint : recording.facts().get("checkpoints")) {
      Map<String, String> digest = new TreeMap<>();
      checkpoint
          .get("ram_sha256")
          .properties()
          .forEach(entry -> digest.put(entry.getKey(), entry.getValue().asText()));
      digests.add(digest);
    }
    assertEquals(digests, found.digests);
  }
}
