package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.godwit.wire.multifd.MultifdDeflater;
import org.godwit.wire.multifd.MultifdHeader;
import org.godwit.wire.multifd.MultifdInflater;
import org.godwit.wire.multifd.MultifdPacketReader;
import org.godwit.wire.ram.MappedRamHeader;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathReader;
import org.godwit.wire.returnpath.ReturnPathWriter;
import org.godwit.wire.walk.MultifdChannel;
import org.godwit.wire.walk.MultifdVisitor;
import org.godwit.wire.walk.StreamVisitor;
import org.godwit.wire.walk.StreamWalker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Return paths, multifd and preempt channels, recovery connections, mapped-ram files. */
class OtherChannelTest {

  private static final int PAGE = 4096;

  static Stream<Recording> withReturnPath() {
    return Recording.all().filter(recording -> recording.facts().has("return_path"));
  }

  static Stream<Recording> withMultifd() {
    return Recording.all().filter(recording -> recording.has("multifd1"));
  }

  private static List<ReturnPathMessage> messages(byte[] bytes) throws IOException {
    ReturnPathReader reader = new ReturnPathReader(Recording.input(bytes), Limits.DEFAULT);
    List<ReturnPathMessage> messages = new ArrayList<>();
    Optional<ReturnPathMessage> message = reader.next();
    while (message.isPresent()) {
      messages.add(message.get());
      message = reader.next();
    }
    return messages;
  }

  private static void assertMessages(JsonNode expected, byte[] bytes) throws IOException {
    List<ReturnPathMessage> found = messages(bytes);
    assertEquals(expected.size(), found.size());
    BufferOutput out = new BufferOutput();
    for (int i = 0; i < found.size(); i++) {
      assertMessage(expected.get(i), found.get(i));
      new ReturnPathWriter(out).write(found.get(i));
    }
    assertArrayEquals(bytes, out.toByteArray());
  }

  private static void assertMessage(JsonNode expected, ReturnPathMessage found) {
    assertEquals(expected.get("msg").asText(), found.wireName());
    switch (found) {
      case ReturnPathMessage.Shut shut ->
          assertEquals(expected.get("value").asLong(), shut.value());
      case ReturnPathMessage.Pong pong ->
          assertEquals(expected.get("value").asLong(), pong.value());
      case ReturnPathMessage.ReqPages pages -> {
        assertEquals(expected.get("page_offset").asLong(), pages.start());
        assertEquals(expected.get("length").asLong(), pages.length());
      }
      case ReturnPathMessage.ReqPagesId pages -> {
        assertEquals(expected.get("page_offset").asLong(), pages.start());
        assertEquals(expected.get("length").asLong(), pages.length());
        assertEquals(expected.get("block").asText(), pages.block());
      }
      case ReturnPathMessage.RecvBitmap bitmap -> {
        assertEquals(expected.get("block").asText(), bitmap.block());
        assertEquals(expected.get("bits_set").asLong(), bitmap.received());
        assertEquals(expected.get("bitmap_sha256").asText(), RamImage.sha256(bitmap.bitmap()));
      }
      case ReturnPathMessage.ResumeAck ack -> assertEquals(1, expected.get("value").asLong());
      case ReturnPathMessage.SwitchoverAck ack -> assertEquals(0, expected.get("len").asLong());
    }
  }

  @ParameterizedTest
  @MethodSource("withReturnPath")
  void shouldReadAndWriteReturnPath(Recording recording) throws IOException {
    assumeTrue(recording.has("return"), "recorded without a reverse direction");
    assertMessages(recording.facts().get("return_path"), recording.bytes("return"));
  }

  @Test
  void shouldReadReturnPathsOfRecovery() throws IOException {
    Recording recording = Recording.of("recover-7.2");
    assertMessages(
        recording.facts().get("first_connection_return_path"), recording.bytes("return1"));
    assertMessages(
        recording.facts().get("second_connection_return_path"), recording.bytes("return2"));
  }

  /** Main channel and multifd channels of one recording, kept in step by their barriers. */
  private static final class Rounds implements StreamVisitor, MultifdVisitor, AutoCloseable {

    private final RamImage memory = new RamImage();
    private final List<MultifdChannel> channels = new ArrayList<>();
    private final List<BufferOutput> written = new ArrayList<>();
    private final List<JsonNode> expected = new ArrayList<>();
    private final List<byte[]> bytes = new ArrayList<>();
    private final int[] packets = new int[2];
    private final boolean flushes;
    private RamBlockList blocks;

    Rounds(Recording recording) throws IOException {
      flushes = recording.facts().has("ram_multifd_flush_records");
      for (JsonNode channel : recording.facts().get("multifd").get("channels")) {
        byte[] content = recording.bytes(channel.get("file").asText().replace(".bin.gz", ""));
        channels.add(
            new MultifdChannel(Recording.input(content), PAGE, recording.compression(), 2));
        bytes.add(content);
        expected.add(channel);
        written.add(new BufferOutput());
        channels.getLast().hello().write(written.getLast());
        assertEquals(channel.get("channel_id").asInt(), channels.getLast().hello().id());
      }
    }

    @Override
    public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
      memory.ramRecord(reader, kind);
      if (kind == RamRecordKind.BLOCK_LIST) {
        blocks = reader.blocks();
      }
      if (kind == (flushes ? RamRecordKind.MULTIFD_FLUSH : RamRecordKind.EOS)) {
        for (MultifdChannel channel : channels) {
          assertTrue(channel.readRound(blocks, this));
        }
      }
    }

    @Override
    public void packet(MultifdChannel channel, MultifdPacketReader packet) throws IOException {
      int index = channels.indexOf(channel);
      assertPacket(expected.get(index).get("packets").get(packets[index]++), packet);
      packet.header().write(written.get(index));
      written
          .get(index)
          .bytes(
              MemorySegment.ofArray(bytes.get(index)),
              channel.input().position(),
              packet.dataLength());
    }

    @Override
    public MemorySegment memory(int block) {
      return MemorySegment.ofArray(memory.block(blocks.get(block).name()));
    }

    @Override
    public void close() throws IOException {
      for (MultifdChannel channel : channels) {
        assertFalse(channel.readRound(blocks, this));
        channel.close();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("withMultifd")
  void shouldBuildMemoryFromAllMultifdChannels(Recording recording) throws IOException {
    Rounds rounds = new Rounds(recording);
    try (rounds;
        StreamWalker walker =
            new StreamWalker(
                Recording.input(recording.forward()),
                recording.options(),
                recording.format(),
                rounds)) {
      walker.walk();
    }
    Map<String, String> expected = new TreeMap<>();
    recording
        .facts()
        .get("ram_sha256")
        .properties()
        .forEach(entry -> expected.put(entry.getKey(), entry.getValue().asText()));
    assertEquals(expected, new TreeMap<>(rounds.memory.digests()));
    for (int i = 0; i < 2; i++) {
      assertEquals(rounds.expected.get(i).get("packets").size(), rounds.packets[i]);
      assertArrayEquals(rounds.bytes.get(i), rounds.written.get(i).toByteArray());
    }
  }

  private static void assertPacket(JsonNode expected, MultifdPacketReader reader) {
    MultifdHeader header = reader.header();
    assertEquals(expected.get("offset").asLong(), reader.packetOffset());
    assertEquals(expected.get("flags").asInt(), header.flags());
    assertEquals(expected.get("pages_alloc").asLong(), header.pagesAllocated());
    assertEquals(expected.get("normal_pages").asLong(), header.normalPages());
    assertEquals(expected.get("zero_pages").asLong(), header.zeroPages());
    assertEquals(expected.get("next_packet_size").asLong(), header.nextPacketSize());
    assertEquals(expected.get("packet_num").asLong(), header.packetNumber());
    assertEquals(expected.get("ramblock_field").asText(), header.block());
  }

  @Test
  void shouldInflateWhatWasDeflated() throws IOException {
    byte[] memory = Recording.of("precopy-stopped-7.2").forward();
    BufferOutput out = new BufferOutput();
    List<Integer> lengths = new ArrayList<>();
    try (MultifdDeflater deflater = new MultifdDeflater(PAGE, 1)) {
      for (int packet = 0; packet < 3; packet++) {
        deflater.begin();
        for (int page = 0; page < 10; page++) {
          deflater.page(MemorySegment.ofArray(memory), (packet * 10L + page) * PAGE);
        }
        MemorySegment data = deflater.end();
        lengths.add((int) data.byteSize());
        out.bytes(data, 0, data.byteSize());
      }
    }
    byte[] restored = new byte[30 * PAGE];
    WireInput in = Recording.input(out.toByteArray());
    try (MultifdInflater inflater = new MultifdInflater(PAGE)) {
      for (int packet = 0; packet < 3; packet++) {
        inflater.begin(lengths.get(packet));
        for (int page = 0; page < 10; page++) {
          inflater.page(in, MemorySegment.ofArray(restored), (packet * 10L + page) * PAGE);
        }
        inflater.end(in);
      }
    }
    assertTrue(in.atEnd());
    assertArrayEquals(java.util.Arrays.copyOf(memory, restored.length), restored);
  }

  @Test
  void shouldBuildMemoryFromMainAndPreemptChannel() throws IOException {
    Recording recording = Recording.of("preempt-7.2");
    Both both = new Both();
    RamBlockList blocks;
    try (StreamWalker walker =
        new StreamWalker(
            Recording.input(recording.forward()), recording.options(), recording.format(), both)) {
      walker.walk();
      blocks = walker.blocks();
    }
    byte[] bytes = recording.bytes("preempt");
    assertTrue(
        StreamWalker.walkPreempt(Recording.input(bytes), recording.format(), blocks, both.memory));
    Reencoder encoder = new Reencoder(true);
    WireInput in = Recording.input(bytes);
    encoder.input(in);
    encoder.blocks(blocks);
    StreamWalker.walkPreempt(in, recording.format(), blocks, encoder);
    assertArrayEquals(bytes, encoder.bytes());
    recording
        .facts()
        .get("ram_sha256")
        .properties()
        .forEach(
            entry ->
                assertEquals(entry.getValue().asText(), both.memory.digests().get(entry.getKey())));
  }

  @Test
  void shouldContinueOnSecondConnectionOfRecovery() throws IOException {
    Recording recording = Recording.of("recover-7.2");
    Both both = new Both();
    try (StreamWalker first =
        new StreamWalker(
            Recording.input(recording.forward()), recording.options(), recording.format(), both)) {
      WireException cut = assertThrows(WireException.class, first::walk);
      assertEquals(WireException.Kind.TRUNCATED, cut.kind());
      assertEquals(recording.forward().length, cut.offset());
      byte[] bytes = recording.bytes("forward2");
      ReaderOptions options = recording.options().forRecovery();
      try (StreamWalker second =
          new StreamWalker(Recording.input(bytes), options, recording.format(), both, first)) {
        second.walk();
      }
      Reencoder encoder = new Reencoder(true);
      WireInput in = Recording.input(bytes);
      encoder.input(in);
      encoder.blocks(first.blocks());
      try (StreamWalker second =
          new StreamWalker(in, options, recording.format(), encoder, first)) {
        second.walk();
      }
      assertArrayEquals(bytes, encoder.bytes());
    }
    recording
        .facts()
        .get("ram_sha256")
        .properties()
        .forEach(
            entry ->
                assertEquals(entry.getValue().asText(), both.memory.digests().get(entry.getKey())));
  }

  @Test
  void shouldFindPagesOfMappedRamFile() throws IOException {
    Recording recording = Recording.of("mapped-ram-10.0");
    byte[] file = recording.forward();
    StreamFacts facts = new StreamFacts();
    try (StreamWalker walker =
        new StreamWalker(
            Recording.input(file), recording.options(), RamFormat.DEFAULT.withMappedRam(), facts)) {
      walker.walk();
    }
    for (RamBlockEntry block : facts.blocks) {
      byte[] memory = new byte[(int) block.usedLength()];
      MappedRamHeader header = block.mapped().orElseThrow();
      for (int page = 0; page < memory.length / PAGE; page++) {
        if ((file[(int) header.bitmapOffset() + page / 8] >> (page % 8) & 1) != 0) {
          System.arraycopy(
              file, (int) header.pagesOffset() + page * PAGE, memory, page * PAGE, PAGE);
        }
      }
      assertEquals(
          recording.facts().get("ram_sha256").get(block.name()).asText(), RamImage.sha256(memory));
      long headerOffset = header.bitmapOffset() - MappedRamHeader.BYTES;
      assertEquals(header, MappedRamHeader.at(headerOffset, memory.length, PAGE));
    }
    assertFalse(facts.blocks.isEmpty());
  }
}
