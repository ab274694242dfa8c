package org.godwit.machine.scripted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.savestate.StateException;
import org.godwit.linux.WriteTracker;
import org.godwit.tck.BytesReader;
import org.godwit.tck.BytesWriter;
import org.godwit.tck.Moves;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ScriptedMachineTest {
  private static final long MEMORY = 16L << 20;
  private static final Map<String, String> SMALL = Map.of("working-set", "4M", "filled", "8M");

  private final ScriptedMachineProvider provider = new ScriptedMachineProvider();

  private Machine create(Map<String, String> options) throws MachineException {
    return provider.create(Moves.spec("source", MEMORY, options));
  }

  private IncomingMachine prepare(Map<String, String> options) throws MachineException {
    return provider.prepare(Moves.spec("target", MEMORY, options));
  }

  private static MemoryProof check(Machine machine) throws MachineException {
    return ((SelfChecking) machine).check(WorkListener.NOBODY);
  }

  @ParameterizedTest
  @CsvSource({
    "random,1,kernel,anonymous",
    "random,3,program,memfd",
    "sweep,2,kernel,memfd",
    "idle,1,program,anonymous"
  })
  void shouldGoOnWhereItStoppedAfterALiveMove(
      String mode, String threads, String log, String backing) throws Exception {
    requireTracking(log);
    Map<String, String> options =
        Map.of(
            "mode",
            mode,
            "threads",
            threads,
            "dirty-log",
            log,
            "backing",
            backing,
            "line-ms",
            "1",
            "working-set",
            "4M",
            "filled",
            "8M",
            "seed",
            "7");
    try (Machine source = create(options);
        IncomingMachine incoming = prepare(Map.of("backing", backing))) {
      source.start();
      moveLive(source, incoming);
      Machine target = incoming.commit();
      assertArrived(source, target);
      target.close();
    }
  }

  private static void moveLive(Machine source, IncomingMachine incoming) throws Exception {
    RamBlock block = source.blocks().getFirst();
    RamBlock to = Moves.announce(incoming, source).getFirst();
    source.dirtyLog().start();
    Moves.copyAll(block, to);
    for (int pass = 1; pass <= 5; pass++) {
      Moves.awaitLines(source, Moves.lines(source) + 2);
      Moves.copyDirty(source, block, to);
    }
    source.stop(RunState.FINISH_MIGRATE);
    Moves.copyDirty(source, block, to);
    source.dirtyLog().stop();
    Moves.copyDevices(source, incoming);
  }

  private static void assertArrived(Machine source, Machine target) throws Exception {
    MemoryProof left = check(source);
    MemoryProof arrived = check(target);
    assertEquals(Optional.empty(), arrived.difference());
    assertTrue(arrived.holds());
    assertEquals(MEMORY / 4096, arrived.pages());
    assertEquals(left.rounds(), arrived.rounds());
    assertEquals(RunState.PAUSED, target.runState());
    int before = Moves.lines(source);
    source.stop(RunState.POSTMIGRATE);
    assertThrows(MachineException.class, source::start);
    target.start();
    Moves.awaitLines(target, 3);
    target.stop(RunState.PAUSED);
    assertEquals(Optional.empty(), check(target).difference());
    assertContinuous(Moves.text(source) + Moves.text(target), before + Moves.lines(target));
  }

  private static void assertContinuous(String text, int lines) {
    List<String> numbers = text.lines().map(l -> l.substring(l.lastIndexOf(' ') + 1)).toList();
    assertEquals(lines, numbers.size());
    for (int i = 0; i < lines; i++) {
      assertEquals(Integer.toString(i), numbers.get(i));
    }
  }

  private static void requireTracking(String log) {
    if (log.equals("kernel")) {
      WriteTracker.unsupported().ifPresent(r -> NativeRequirement.missing("write tracking", r));
    }
  }

  @Test
  void shouldComputeTheSamePagesInJavaAsInMachineCode() throws Exception {
    NativeRequirement.requireX86();
    ScriptedGuest byMachine = guest();
    ScriptedGuest byJava = guest();
    try {
      Plan plan = new Plan(3, Mode.RANDOM, 700, 1000, 1, 0, 1);
      byMachine.boot(plan);
      byJava.boot(plan);
      run(byMachine, ProgramCode.Machine64.load(), plan);
      run(byJava, new ProgramCode.JavaCode(pages(byJava)), plan);
      assertEquals(
          -1, byMachine.block().memory().segment().mismatch(byJava.block().memory().segment()));
    } finally {
      byMachine.release();
      byJava.release();
    }
  }

  private static ScriptedGuest guest() throws Exception {
    return new ScriptedGuest(
        "guest",
        org.godwit.machine.mapped.MappedBlock.allocate(
            "ram", MEMORY, org.godwit.machine.mapped.Backing.ANONYMOUS),
        false);
  }

  private static MappedPages pages(ScriptedGuest guest) {
    return new MappedPages(guest.block().memory(), (ProgramMarks) guest.log());
  }

  private static void run(ScriptedGuest guest, ProgramCode code, Plan plan) throws Exception {
    try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined();
        code) {
      Control control =
          new Control(
              arena, guest.block().memory().segment(), ((ProgramMarks) guest.log()).bitmap());
      Walker walker = new Walker(plan, 0, control);
      walker.run(code, 1900);
      assertEquals(1900, control.written());
      assertEquals(3, walker.round());
    }
  }

  @Test
  void shouldWriteExactlyThePagesItIsTold() throws Exception {
    requireTracking("kernel");
    try (ScriptedMachine machine = (ScriptedMachine) create(Map.of("mode", "scripted"));
        java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
      machine.start();
      machine.dirtyLog().start();
      machine.write(5, 3);
      machine.write(100, 1);
      var bitmap = arena.allocate(MEMORY / 4096 / 8, 8);
      assertEquals(4, machine.dirtyLog().fetch(machine.blocks().getFirst(), bitmap));
      assertEquals(0b1110_0000L, bitmap.get(ValueLayout.JAVA_LONG, 0));
      assertEquals(1L << 36, bitmap.get(ValueLayout.JAVA_LONG, 8));
      machine.writeLine();
      machine.stop(RunState.PAUSED);
      assertThrows(MachineException.class, () -> machine.write(0, 1));
      assertEquals(2, check(machine).rounds());
      assertTrue(check(machine).holds());
    }
  }

  @Test
  void shouldKeepItsOrdersOverAMove() throws Exception {
    try (ScriptedMachine source = (ScriptedMachine) create(Map.of("mode", "scripted"));
        IncomingMachine incoming = prepare(Map.of())) {
      source.start();
      source.write(0, 10);
      source.write(5, 10);
      source.writeLine();
      source.stop(RunState.FINISH_MIGRATE);
      RamBlock to = Moves.announce(incoming, source).getFirst();
      Moves.copyAll(source.blocks().getFirst(), to);
      Moves.copyDevices(source, incoming);
      try (ScriptedMachine target = (ScriptedMachine) incoming.commit()) {
        assertTrue(check(target).holds());
        target.start();
        target.write(7, 1);
        target.writeLine();
        target.stop(RunState.PAUSED);
        assertTrue(check(target).holds());
        assertTrue(Moves.text(target).endsWith("line 1\n"), Moves.text(target));
      }
    }
  }

  @Test
  void shouldFindAStaleAndADamagedPage() throws Exception {
    try (ScriptedMachine machine = (ScriptedMachine) create(Map.of("mode", "scripted"))) {
      RamBlock block = machine.blocks().getFirst();
      try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
        var old = arena.allocate(4096);
        block.read(3 * 4096, old, 0, 4096);
        machine.start();
        machine.write(3, 1);
        machine.stop(RunState.PAUSED);
        assertTrue(check(machine).holds());
        block.write(3 * 4096, old, 0, 4096);
        block.write(9 * 4096 + 4095, old, 0, 1);
      }
      MemoryProof proof = check(machine);
      assertEquals(2, proof.wrongPages());
      assertTrue(proof.difference().orElseThrow().contains("offset 0x3000"), proof::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"anonymous", "memfd"})
  void shouldTakeAnotherPeerAfterABrokenOne(String backing) throws Exception {
    Map<String, String> options = Map.of("backing", backing);
    try (Machine source = create(SMALL);
        IncomingMachine incoming = prepare(options)) {
      RamBlock to = Moves.announce(incoming, source).getFirst();
      to.write(12 << 20, java.lang.foreign.MemorySegment.ofArray(new byte[] {1, 2, 3}), 0, 3);
      assertThrows(MachineException.class, incoming::commit, "no program has arrived");
      assertTrue(incoming.reset());
      to = Moves.announce(incoming, source).getFirst();
      Moves.copyAll(source.blocks().getFirst(), to);
      Moves.copyDevices(source, incoming);
      try (Machine target = incoming.commit()) {
        assertEquals(Optional.empty(), check(target).difference());
      }
    }
  }

  @Test
  void shouldRefuseAnotherMachine() throws Exception {
    try (IncomingMachine incoming = prepare(Map.of())) {
      assertThrows(
          RefusedException.class,
          () ->
              incoming.configure(
                  new StreamConfiguration("pc-i440fx-7.2", 12, Set.of(), Optional.empty())));
      refuse(incoming, new BlockAnnouncement("pc.ram", MEMORY, 0, 0), "pc.ram");
      refuse(incoming, new BlockAnnouncement("ram", 2 * MEMORY, 0, 0), "33554432");
      refuse(incoming, new BlockAnnouncement("ram", MEMORY, 2 << 20, 0), "2097152");
      assertThrows(RefusedException.class, () -> incoming.announce(List.of()));
    }
  }

  private static void refuse(IncomingMachine incoming, BlockAnnouncement block, String named) {
    RefusedException e =
        assertThrows(RefusedException.class, () -> incoming.announce(List.of(block)));
    assertTrue(e.getMessage().contains(named), e.getMessage());
  }

  @Test
  void shouldRefuseImpossibleState() throws Exception {
    try (Machine source = create(SMALL);
        IncomingMachine incoming = prepare(Map.of())) {
      BytesWriter out = new BytesWriter();
      source.devices().getFirst().save(out);
      var device = ((DeviceLoading.Known) incoming.deviceLoading()).devices().getFirst();
      int[] offsets = {8, 9, 13, 21, 29, 37, 49, 177}; // mode to line_ms, round, left
      for (int offset : offsets) {
        byte[] damaged = out.toByteArray();
        damaged[offset] |= (byte) 0xc0;
        assertThrows(
            StateException.class, () -> device.load(new BytesReader(damaged), 1), "at " + offset);
      }
      assertThrows(MachineException.class, incoming::commit);
    }
  }

  @Test
  void shouldRefuseOptionsItDoesNotKnow() {
    assertThrows(MachineException.class, () -> create(Map.of("sped", "1")).close());
    assertThrows(MachineException.class, () -> create(Map.of("mode", "fast")).close());
    assertThrows(MachineException.class, () -> create(Map.of("threads", "17")).close());
    assertThrows(MachineException.class, () -> create(Map.of("working-set", "64M")).close());
    assertThrows(MachineException.class, () -> create(Map.of("rate", "many")).close());
  }

  @Test
  void shouldReleaseEverythingWhenClosed() throws Exception {
    cycle();
    int descriptors = openDescriptors();
    for (int i = 0; i < 5; i++) {
      cycle();
    }
    assertEquals(descriptors, openDescriptors());
    assertFalse(mapped(), "memory of a closed machine is still mapped");
  }

  private void cycle() throws Exception {
    Map<String, String> options = Map.of("backing", "memfd", "line-ms", "1");
    try (Machine machine = create(options);
        IncomingMachine incoming = prepare(options)) {
      machine.start();
      machine.dirtyLog().start();
      Moves.awaitLines(machine, 1);
      assertEquals("target", incoming.name());
    }
  }

  private static int openDescriptors() {
    String[] names = new File("/proc/self/fd").list();
    return names == null ? -1 : names.length;
  }

  private static boolean mapped() throws Exception {
    return java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/maps")).stream()
        .anyMatch(line -> line.contains("memfd:godwit-"));
  }
}
