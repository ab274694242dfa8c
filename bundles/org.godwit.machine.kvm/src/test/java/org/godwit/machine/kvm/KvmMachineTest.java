package org.godwit.machine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.godwit.api.machine.GuestOutput;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.api.machine.Support;
import org.godwit.api.machine.WorkListener;
import org.godwit.tck.Moves;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class KvmMachineTest {
  private static final long MEMORY = 16L << 20;

  private final KvmMachineProvider provider = new KvmMachineProvider();

  @TempDir Path directory;

  @BeforeEach
  void require() {
    if (provider.probe() instanceof Support.Unavailable(String reason)) {
      if (System.getenv("CI") != null || System.getenv("GODWIT_REQUIRE_NATIVE") != null) {
        fail(reason);
      }
      abort(reason);
    }
  }

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
  @CsvSource({"1,0,memfd", "2,0,anonymous", "1,20000,memfd", "3,50000,memfd"})
  void shouldGoOnWhereItStoppedAfterALiveMove(String vcpus, String rate, String backing)
      throws Exception {
    Map<String, String> options =
        Map.of(
            "vcpus",
            vcpus,
            "rate",
            rate,
            "backing",
            backing,
            "working-set",
            "4M",
            "filled",
            "8M",
            "line-pages",
            "100",
            "seed",
            "7");
    try (Machine source = create(options);
        IncomingMachine incoming = prepare(Map.of("vcpus", vcpus, "backing", backing))) {
      source.start();
      moveLive(source, incoming);
      Machine target = incoming.commit();
      try {
        assertArrived(source, target);
      } finally {
        target.close();
      }
    }
  }

  private static void moveLive(Machine source, IncomingMachine incoming) throws Exception {
    RamBlock block = source.blocks().getFirst();
    RamBlock to = Moves.announce(incoming, source).getFirst();
    source.dirtyLog().start();
    Moves.copyAll(block, to);
    for (int pass = 1; pass <= 5; pass++) {
      Moves.awaitLines(source, Moves.lines(source) + 2);
      assertTrue(Moves.copyDirty(source, block, to) > 0);
    }
    source.stop(RunState.FINISH_MIGRATE);
    Moves.copyDirty(source, block, to);
    source.dirtyLog().stop();
    Moves.copyDevices(source, incoming);
  }

  private static void assertArrived(Machine source, Machine target) throws Exception {
    MemoryProof left = check(source);
    assertEquals(Optional.empty(), left.difference());
    MemoryProof arrived = check(target);
    assertEquals(Optional.empty(), arrived.difference());
    assertTrue(arrived.holds());
    assertEquals(MEMORY / 4096, arrived.pages());
    assertEquals(left.rounds(), arrived.rounds());
    assertEquals(RunState.PAUSED, target.runState());
    source.stop(RunState.POSTMIGRATE);
    assertThrows(MachineException.class, source::start);
    for (int times = 1; times <= 3; times++) {
      target.start();
      Moves.awaitLines(target, Moves.lines(target) + 3);
      target.stop(RunState.PAUSED);
      assertEquals(Optional.empty(), check(target).difference());
    }
    assertContinuous(Moves.text(source) + Moves.text(target));
  }

  private static void assertContinuous(String text) {
    List<String> lines = text.substring(0, text.lastIndexOf('\n')).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      assertEquals("line " + i, lines.get(i));
    }
  }

  @Test
  void shouldCheckWhereverTheGuestStops() throws Exception {
    try (Machine machine = create(Map.of("line-pages", "10", "working-set", "1M"))) {
      for (int i = 0; i < 200; i++) {
        machine.start();
        machine.stop(RunState.PAUSED);
        assertEquals(Optional.empty(), check(machine).difference());
      }
      assertTrue(Moves.lines(machine) > 0);
    }
  }

  @Test
  void shouldFindAStaleAndADamagedPage() throws Exception {
    try (Machine machine = create(Map.of("working-set", "1M"));
        Arena arena = Arena.ofConfined()) {
      RamBlock block = machine.blocks().getFirst();
      MemorySegment old = arena.allocate(4096);
      block.read(300 * 4096, old, 0, 4096);
      machine.start();
      Moves.awaitLines(machine, 2);
      machine.stop(RunState.PAUSED);
      assertEquals(Optional.empty(), check(machine).difference());
      block.write(300 * 4096, old, 0, 4096);
      block.write(0x8000, old, 0, 1);
      block.write(MEMORY - 1, old, 0, 1);
      assertEquals(3, check(machine).wrongPages());
      assertTrue(check(machine).difference().orElseThrow().contains("0x8000"));
    }
  }

  @Test
  void shouldLogWhatTheProcessWrites() throws Exception {
    try (Machine machine = create(Map.of());
        Arena arena = Arena.ofConfined()) {
      machine.dirtyLog().start();
      RamBlock block = machine.blocks().getFirst();
      block.write(5 * 4096 + 4090, arena.allocate(16), 0, 16);
      MemorySegment bitmap = arena.allocate(MEMORY / 4096 / 8, 8);
      assertEquals(2, machine.dirtyLog().fetch(block, bitmap));
      assertEquals(0x60, bitmap.get(java.lang.foreign.ValueLayout.JAVA_LONG, 0));
      machine.dirtyLog().stop();
    }
  }

  /**
   * Real mode (ring 0): {@code mov dx,0x3f8; mov al,'a'; L: out dx,al; inc byte [0x5000]; jmp L}.
   */
  private static final byte[] REAL_MODE = {
    (byte) 0xba,
    (byte) 0xf8,
    0x03,
    (byte) 0xb0,
    'a',
    (byte) 0xee,
    (byte) 0xfe,
    0x06,
    0x00,
    0x50,
    (byte) 0xeb,
    (byte) 0xf9
  };

  @Test
  void shouldMoveAForeignRealModeGuest() throws Exception {
    Path code = Files.write(directory.resolve("code"), REAL_MODE);
    try (Machine source = create(Map.of("code", code.toString()));
        IncomingMachine incoming = prepare(Map.of())) {
      source.start();
      Moves.awaitBytes(source, 100);
      source.stop(RunState.FINISH_MIGRATE);
      RamBlock to = Moves.announce(incoming, source).getFirst();
      Moves.copyAll(source.blocks().getFirst(), to);
      Moves.copyDevices(source, incoming);
      try (Machine target = incoming.commit()) {
        assertThrows(MachineException.class, () -> check(target), "not our program");
        target.start();
        Moves.awaitBytes(target, 100);
        target.stop(RunState.PAUSED);
        int written = Moves.text(source).length() + Moves.text(target).length();
        int counted =
            to.mapping().orElseThrow().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0x5000);
        int ahead = (written - counted) & 0xff;
        assertTrue(ahead <= 1, "output and memory agree: " + ahead);
      }
    }
  }

  @Test
  void shouldSayWhenAVcpuCannotGoOn() throws Exception {
    // mov eax,cr0; or al,1; mov cr0,eax; jmp 8:0 - protected mode without any descriptor.
    byte[] triple = {
      0x0f, 0x20, (byte) 0xc0, 0x0c, 0x01, 0x0f, 0x22, (byte) 0xc0, (byte) 0xea, 0, 0, 8, 0
    };
    Path code = Files.write(directory.resolve("code"), triple);
    try (Machine machine = create(Map.of("code", code.toString()))) {
      machine.start();
      assertFalse(((GuestOutput) machine).awaitMore(0), "it ends without a word");
      assertEquals(RunState.INTERNAL_ERROR, machine.runState());
      assertThrows(MachineException.class, machine::start);
    }
  }

  @Test
  void shouldRefuseToBecomeWholeWithoutItsState() throws Exception {
    try (Machine source = create(Map.of());
        IncomingMachine incoming = prepare(Map.of())) {
      Moves.announce(incoming, source);
      MachineException e = assertThrows(MachineException.class, incoming::commit);
      assertTrue(e.getCause().getMessage().contains("kvm-program"), () -> "" + e.getCause());
      assertTrue(incoming.reset());
      Moves.copyAll(source.blocks().getFirst(), Moves.announce(incoming, source).getFirst());
      Moves.copyDevices(source, incoming);
      try (Machine target = incoming.commit()) {
        assertTrue(check(target).holds());
      }
    }
  }

  @Test
  void shouldRefuseOptionsItDoesNotKnow() {
    assertThrows(MachineException.class, () -> create(Map.of("cpus", "1")).close());
    assertThrows(MachineException.class, () -> create(Map.of("vcpus", "65")).close());
    assertThrows(MachineException.class, () -> create(Map.of("code", "/nowhere")).close());
    assertThrows(MachineException.class, () -> create(Map.of("working-set", "16M")).close());
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
    Map<String, String> options = Map.of("vcpus", "2");
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
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .anyMatch(line -> line.contains("memfd:godwit-") || line.contains("kvm-vcpu"));
  }
}
