package org.godwit.machine.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.savestate.SectionKey;

/** Receives a small machine by hand, the way the engine does it. */
final class SampleImage {
  static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  static final long RAM_LENGTH = 40 << 20;
  static final long ROM_LENGTH = 64 << 10;
  static final String TYPE = "pc-i440fx-7.2";
  static final String DESCRIPTION = "{\"page_size\":4096, \"devices\":[ ] , \"ä\":1}";
  static final List<BlockAnnouncement> BLOCKS =
      List.of(
          new BlockAnnouncement("pc.ram", RAM_LENGTH, 0, 0),
          new BlockAnnouncement("/rom@../../etc/passwd", ROM_LENGTH, 0, 0));

  final Images images = new Images(Clock.fixed(NOW, ZoneOffset.UTC));
  final byte[] ram = new byte[(int) RAM_LENGTH];
  final byte[] rom = new byte[(int) ROM_LENGTH];

  IncomingMachine prepare(Path directory) throws MachineException {
    Map<String, String> options = Map.of("directory", directory.toString());
    return images.prepare(new MachineSpec("sample", 4096, options));
  }

  static StreamConfiguration configuration(String type) {
    return new StreamConfiguration(type, 12, Set.of(), Optional.empty());
  }

  /** Everything up to the commit. */
  void fill(IncomingMachine incoming) throws MachineException {
    incoming.configure(configuration(TYPE));
    List<RamBlock> blocks = incoming.announce(BLOCKS);
    fillRam(blocks.getFirst());
    new Random(2).nextBytes(rom);
    put(blocks.getLast(), 0, rom, 0, rom.length);
    DeviceRecorder recorder = ((DeviceLoading.Recorded) incoming.deviceLoading()).recorder();
    recorder.section(new SectionKey("timer", 0), 2, new byte[] {1, 2, 3});
    recorder.section(new SectionKey("empty", 7), 1, new byte[0]);
    recorder.section(new SectionKey("serial", 0xFFFF_FFFFL), 3, new byte[] {4, 5});
    recorder.section(new SectionKey("globalstate", 0), 1, globalState("running"));
    recorder.description(DESCRIPTION);
  }

  Machine receive(Path directory) throws MachineException {
    try (IncomingMachine incoming = prepare(directory)) {
      fill(incoming);
      return incoming.commit();
    }
  }

  static void put(RamBlock block, long offset, byte[] bytes, int from, int length)
      throws MachineException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(length);
      MemorySegment.copy(MemorySegment.ofArray(bytes), from, segment, 0, length);
      block.write(offset, segment, 0, length);
    }
  }

  static byte[] globalState(String name) {
    byte[] body = new byte[104];
    body[3] = (byte) (name.length() + 1);
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, body, 4, text.length);
    return body;
  }

  /** Scattered pages, a long run, pages written twice, pages zeroed after content. */
  private void fillRam(RamBlock block) throws MachineException {
    Random random = new Random(1);
    for (int page : new int[] {0, 1, 2, 9, 7, 8, 300, 9000}) {
      fillPages(block, random, page, 1);
    }
    fillPages(block, random, 5000, 400);
    fillPages(block, random, 5010, 1);
    zeroPages(block, 5020, 2);
    zeroPages(block, 2, 1);
    zeroPages(block, 100, 50);
    put(block, 4090, new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, 0, 10);
    Arrays.fill(ram, 4090, 4100, (byte) 9);
  }

  private void fillPages(RamBlock block, Random random, int page, int count)
      throws MachineException {
    byte[] bytes = new byte[count * 4096];
    random.nextBytes(bytes);
    System.arraycopy(bytes, 0, ram, page * 4096, bytes.length);
    for (int i = 0; i < count; i++) {
      put(block, (page + i) * 4096L, bytes, i * 4096, 4096);
    }
  }

  private void zeroPages(RamBlock block, int page, int count) throws MachineException {
    block.zero(page * 4096L, count * 4096L);
    Arrays.fill(ram, page * 4096, (page + count) * 4096, (byte) 0);
  }
}
