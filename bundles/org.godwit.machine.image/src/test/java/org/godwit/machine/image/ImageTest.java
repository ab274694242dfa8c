package org.godwit.machine.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.ImageDescription;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.savestate.SectionKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageTest {
  @TempDir Path temporary;

  private final SampleImage sample = new SampleImage();

  @Test
  void shouldKeepMemoryAndDevicesByteForByte() throws Exception {
    try (Machine machine = sample.receive(directory())) {
      assertEquals(SampleImage.TYPE, machine.machineType());
      assertEquals(List.of("pc.ram", "/rom@../../etc/passwd"), names(machine));
      assertArrayEquals(sample.ram, content(machine.blocks().getFirst()));
      assertArrayEquals(sample.rom, content(machine.blocks().getLast()));
      assertEquals(
          List.of("timer/0", "empty/7", "serial/4294967295", "globalstate/0"),
          machine.devices().stream().map(device -> device.key().toString()).toList());
      assertEquals(Optional.of(SampleImage.DESCRIPTION), machine.recordedDescription());
      assertEquals(StreamTraits.USUAL, machine.traits());
    }
  }

  @Test
  void shouldBeTheSameWhenOpenedAgainAndBySeveral() throws Exception {
    sample.receive(directory()).close();
    try (Machine first = sample.images.open("a", directory());
        Machine second = sample.images.open("b", directory())) {
      assertArrayEquals(sample.ram, content(first.blocks().getFirst()));
      assertArrayEquals(sample.ram, content(second.blocks().getFirst()));
    }
  }

  @Test
  void shouldRememberWhatCameBeforeTheMemory() throws Exception {
    try (IncomingMachine incoming = sample.prepare(directory())) {
      DeviceRecorder recorder = ((DeviceLoading.Recorded) incoming.deviceLoading()).recorder();
      recorder.earlySection(new SectionKey("virtio-mem-early", 0), 1, new byte[] {9});
      sample.fill(incoming);
      incoming.commit().close();
    }
    try (Machine machine = sample.images.open("again", directory())) {
      assertEquals(
          List.of("virtio-mem-early/0"),
          machine.devices().stream().filter(d -> d.early()).map(d -> d.key().toString()).toList());
      assertEquals(5, machine.devices().size());
    }
  }

  @Test
  void shouldLeaveHolesWhereMemoryIsZero() throws Exception {
    sample.receive(directory()).close();
    Process stat =
        new ProcessBuilder("stat", "-c", "%b", directory().resolve("ram-0.bin").toString()).start();
    String blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertTrue(Long.parseLong(blocks.strip()) * 512 < 8 << 20, blocks + " blocks on disk");
    assertEquals(SampleImage.RAM_LENGTH, Files.size(directory().resolve("ram-0.bin")));
  }

  @Test
  void shouldDescribeWhatItHolds() throws Exception {
    sample.receive(directory()).close();
    ImageDescription description = sample.images.describe(directory());
    assertEquals(SampleImage.NOW, description.created());
    assertEquals(RunState.RUNNING, description.runState());
    ImageDescription.Block ram = description.blocks().getFirst();
    assertEquals("ram-0.bin", ram.file());
    assertEquals(ContentDigest.of(sample.ram), ram.sha256());
    ImageDescription.Section timer = description.sections().getFirst();
    assertEquals(
        "timer/0 version 2, 3 bytes",
        timer.key() + " version " + timer.version() + ", " + timer.length() + " bytes");
    assertEquals(ContentDigest.of(new byte[] {1, 2, 3}), timer.sha256());
    assertTrue(description.description());
  }

  @Test
  void shouldLeaveNothingBesideTheImage() throws Exception {
    sample.receive(directory()).close();
    assertEquals(Set.of("image"), entries(temporary));
    assertEquals(
        Set.of(
            "image.json",
            "SHA256SUMS",
            "ram-0.bin",
            "ram-1.bin",
            "devices.bin",
            "vmdescription.json"),
        entries(directory()));
    Process check =
        new ProcessBuilder("sha256sum", "-c", "--quiet", "SHA256SUMS")
            .directory(directory().toFile())
            .start();
    assertEquals(0, check.waitFor());
  }

  @Test
  void shouldLeaveNothingWhenDiscarded() throws Exception {
    IncomingMachine incoming = sample.prepare(directory());
    sample.fill(incoming);
    incoming.discard();
    incoming.discard();
    assertEquals(Set.of(), entries(temporary));
    assertThrows(MachineException.class, incoming::commit);
  }

  @Test
  void shouldTakeTheNextPeerAfterAReset() throws Exception {
    try (IncomingMachine incoming = sample.prepare(directory())) {
      incoming.configure(SampleImage.configuration("pc-q35-10.0"));
      RamBlock block = incoming.announce(SampleImage.BLOCKS).getFirst();
      SampleImage.put(block, 1 << 20, new byte[] {1}, 0, 1);
      assertTrue(incoming.reset());
      sample.fill(incoming);
      try (Machine machine = incoming.commit()) {
        assertEquals(SampleImage.TYPE, machine.machineType());
        assertArrayEquals(sample.ram, content(machine.blocks().getFirst()));
      }
    }
    assertEquals(List.of(), sample.images.verify(directory(), WorkListener.NOBODY));
  }

  @Test
  void shouldReadBackWhatWasWrittenForDeltas() throws Exception {
    try (IncomingMachine incoming = sample.prepare(directory())) {
      incoming.configure(SampleImage.configuration(SampleImage.TYPE));
      RamBlock block = incoming.announce(SampleImage.BLOCKS).getFirst();
      SampleImage.put(block, 8192, new byte[] {1, 2, 3, 4}, 0, 4);
      byte[] back = new byte[4];
      block.read(8193, MemorySegment.ofArray(back), 0, 4);
      assertArrayEquals(new byte[] {2, 3, 4, 0}, back);
      assertThrows(
          IndexOutOfBoundsException.class, () -> block.zero(SampleImage.RAM_LENGTH - 4096, 8192));
    }
  }

  @Test
  void shouldKeepPagesThatAreHandedOverTogetherInTheOrderOfAllWrites() throws Exception {
    try (IncomingMachine incoming = sample.prepare(directory());
        Arena arena = Arena.ofConfined()) {
      incoming.configure(SampleImage.configuration(SampleImage.TYPE));
      RamBlock block = incoming.announce(SampleImage.BLOCKS).getFirst();
      MemorySegment staged = arena.allocate(8 + 3 * 4104);
      for (int page = 0; page < 3; page++) {
        staged.asSlice(8 + page * 4104L, 4096).fill((byte) (page + 1));
      }
      SampleImage.put(block, 4096, new byte[] {9, 9}, 0, 2);
      block.writePages(4096, staged, 8, 4104, 4096, 3);
      SampleImage.put(block, 4097, new byte[] {8}, 0, 1);
      block.zero(8192, 4096);
      byte[] back = new byte[3 * 4096];
      block.read(4096, MemorySegment.ofArray(back), 0, back.length);
      assertArrayEquals(new byte[] {1, 8, 1}, Arrays.copyOf(back, 3));
      assertArrayEquals(new byte[4096], Arrays.copyOfRange(back, 4096, 8192));
      assertEquals(3, back[8192]);
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> block.writePages(SampleImage.RAM_LENGTH - 8192, staged, 8, 4104, 4096, 3));
    }
  }

  @Test
  void shouldRefuseADirectoryThatExists() throws Exception {
    Files.createDirectory(directory());
    MachineException error =
        assertThrows(MachineException.class, () -> sample.prepare(directory()));
    assertTrue(error.getMessage().contains(directory() + " exists already"), error.getMessage());
    assertEquals(Set.of("image"), entries(temporary));
  }

  @Test
  void shouldRefuseADirectoryThatAppearedMeanwhile() throws Exception {
    try (IncomingMachine incoming = sample.prepare(directory())) {
      sample.fill(incoming);
      Files.createDirectory(directory());
      assertThrows(MachineException.class, incoming::commit);
    }
    assertEquals(Set.of("image"), entries(temporary));
    assertEquals(Set.of(), entries(directory()));
  }

  @Test
  void shouldRefuseASecondReceiverOfTheSameImage() throws Exception {
    try (IncomingMachine first = sample.prepare(directory())) {
      MachineException error =
          assertThrows(MachineException.class, () -> sample.prepare(directory()));
      assertTrue(error.getMessage().contains("is being received already"), error.getMessage());
      sample.fill(first);
      first.commit().close();
    }
    assertEquals(List.of(), sample.images.verify(directory(), WorkListener.NOBODY));
  }

  @Test
  void shouldKeepTheLockOfTheFirstReceiverAgainstOtherProcesses() throws Exception {
    try (IncomingMachine first = sample.prepare(directory())) {
      assertThrows(MachineException.class, () -> sample.prepare(directory()));
      Path lock = temporary.resolve("image.partial").resolve("lock");
      assertTrue(Files.exists(lock), first::name);
      String locks = Files.readString(Path.of("/proc/locks"));
      String file = ":" + Files.getAttribute(lock, "unix:ino") + " ";
      assertTrue(locks.contains(file), locks);
    }
    sample.prepare(directory()).close();
  }

  @Test
  void shouldRefuseABlockThatNoFileCanHoldAndTakeTheNextPeer() throws Exception {
    try (IncomingMachine incoming = sample.prepare(directory())) {
      incoming.configure(SampleImage.configuration(SampleImage.TYPE));
      List<BlockAnnouncement> huge = List.of(new BlockAnnouncement("pc.ram", 1L << 62, 0, 0));
      assertThrows(RefusedException.class, () -> incoming.announce(huge));
      assertTrue(incoming.reset());
      sample.fill(incoming);
      incoming.commit().close();
    }
  }

  @Test
  void shouldNotSealANewImageWithTheDigestsOfAnOldOne() throws Exception {
    Machine old = sample.receive(directory());
    Path _ = Files.move(directory(), temporary.resolve("moved"));
    Machine fresh = sample.receive(directory());
    old.close();
    fresh.close();
    assertEquals(List.of(), sample.images.verify(directory(), WorkListener.NOBODY));
  }

  @Test
  void shouldFinishItsSealsWhenStopped() throws Exception {
    Machine machine = sample.receive(directory());
    sample.images.stop();
    assertTrue(Files.exists(directory().resolve("SHA256SUMS")));
    machine.close();
  }

  @Test
  void shouldReplaceWhatACrashLeft() throws Exception {
    Path partial = Files.createDirectory(temporary.resolve("image.partial"));
    Files.writeString(partial.resolve("ram-0.bin"), "old");
    Files.writeString(partial.resolve("lock"), "");
    sample.receive(directory()).close();
    assertEquals(List.of(), sample.images.verify(directory(), WorkListener.NOBODY));
    assertEquals(Set.of("image"), entries(temporary));
  }

  @Test
  void shouldRefuseOtherPageSizesAndStreamsThatLeaveMemoryOut() throws Exception {
    try (IncomingMachine incoming = sample.prepare(directory())) {
      assertThrows(
          RefusedException.class,
          () ->
              incoming.configure(
                  new StreamConfiguration("virt-7.2", 16, Set.of(), Optional.empty())));
      assertThrows(
          RefusedException.class,
          () ->
              incoming.configure(
                  new StreamConfiguration(
                      SampleImage.TYPE, 12, Set.of("x-ignore-shared"), Optional.empty())));
      assertThrows(RefusedException.class, () -> incoming.configure(SampleImage.configuration("")));
      sample.fill(incoming);
      incoming.commit().close();
    }
  }

  @Test
  void shouldTakeOldMachineTypesWhenTold() throws Exception {
    MachineSpec spec =
        new MachineSpec(
            "old",
            4096,
            Map.of("directory", directory().toString(), "machine-type", "pc-i440fx-2.3"));
    try (IncomingMachine incoming = sample.images.prepare(spec)) {
      assertEquals(new StreamTraits(false, false, false), incoming.traits());
      incoming.configure(SampleImage.configuration(""));
      var _ = incoming.announce(SampleImage.BLOCKS);
      try (Machine machine = incoming.commit()) {
        assertEquals(new StreamTraits(false, false, false), machine.traits());
        assertEquals("pc-i440fx-2.3", machine.machineType());
        assertEquals(Optional.empty(), machine.recordedDescription());
      }
    }
  }

  @Test
  void shouldTakeOnlyTheGuestOfTheWantedUuid() throws Exception {
    UUID wanted = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    Map<String, String> options =
        Map.of("directory", directory().toString(), "uuid", "00112233-4455-6677-8899-AABBCCDDEEFF");
    try (IncomingMachine incoming = sample.images.prepare(new MachineSpec("told", 4096, options))) {
      for (Optional<UUID> wrong : List.of(Optional.<UUID>empty(), Optional.of(new UUID(1, 2)))) {
        RefusedException refused =
            assertThrows(RefusedException.class, () -> incoming.configure(told(wrong)));
        assertTrue(refused.getMessage().contains("expected is " + wanted), refused.getMessage());
      }
      incoming.configure(told(Optional.of(wanted)));
    }
    for (String nonsense : List.of("guest", "0-1-2-3-4", "")) {
      Map<String, String> bad = Map.of("directory", directory().toString(), "uuid", nonsense);
      MachineSpec spec = new MachineSpec("told", 4096, bad);
      assertThrows(MachineException.class, () -> sample.images.prepare(spec));
    }
  }

  private static StreamConfiguration told(Optional<UUID> uuid) {
    return new StreamConfiguration(SampleImage.TYPE, 12, Set.of(), uuid);
  }

  @Test
  void shouldSendSwitchoverStartForMachineTypesOfTenAndNewer() {
    assertTrue(MachineTypes.traits("pc-q35-10.0").switchoverStart());
    assertTrue(MachineTypes.traits("pc-i440fx-10.1").switchoverStart());
    assertFalse(MachineTypes.traits("pc-i440fx-9.2").switchoverStart());
    assertFalse(MachineTypes.traits("microvm").switchoverStart());
  }

  @Test
  void shouldKeepTheRunStateOfTheSourceAndNeverRun() throws Exception {
    try (IncomingMachine incoming = sample.prepare(directory())) {
      incoming.configure(SampleImage.configuration(SampleImage.TYPE));
      var _ = incoming.announce(SampleImage.BLOCKS);
      ((DeviceLoading.Recorded) incoming.deviceLoading())
          .recorder()
          .section(new SectionKey("globalstate", 0), 1, SampleImage.globalState("paused"));
      try (Machine machine = incoming.commit()) {
        assertEquals(RunState.PAUSED, machine.runState());
        assertThrows(MachineException.class, machine::start);
        machine.stop(RunState.FINISH_MIGRATE);
        machine.stop(RunState.POSTMIGRATE);
        assertEquals(RunState.PAUSED, machine.runState());
      }
    }
  }

  @Test
  void shouldNotLetAnybodyWriteIntoAnImage() throws Exception {
    try (Machine machine = sample.receive(directory())) {
      RamBlock block = machine.blocks().getFirst();
      assertThrows(MachineException.class, () -> block.zero(0, 4096));
      assertThrows(MachineException.class, () -> SampleImage.put(block, 0, new byte[] {1}, 0, 1));
      assertTrue(block.mapping().orElseThrow().isReadOnly());
    }
  }

  private Path directory() {
    return temporary.resolve("image");
  }

  private static List<String> names(Machine machine) {
    return machine.blocks().stream().map(RamBlock::name).toList();
  }

  private static byte[] content(RamBlock block) {
    return block.mapping().orElseThrow().toArray(ValueLayout.JAVA_BYTE);
  }

  private static Set<String> entries(Path directory) throws Exception {
    try (var list = Files.list(directory)) {
      return Set.copyOf(list.map(path -> path.getFileName().toString()).toList());
    }
  }
}
