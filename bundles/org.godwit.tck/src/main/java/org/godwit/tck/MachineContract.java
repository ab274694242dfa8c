package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.savestate.DeviceState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What machines with a guest of their own must do: run control, memory, dirty log, and the way from
 * one machine into another without an engine between them.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class MachineContract {
  private static final int PAGE = DirtyLog.PAGE_SIZE;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Arena arena = Arena.ofShared();

  /** Creates the contract. */
  protected MachineContract() {}

  /**
   * The provider under test.
   *
   * @return provider; the tests of one class may share it
   */
  protected abstract MachineProvider provider();

  /**
   * Options of the machines.
   *
   * @return none unless overridden
   */
  protected Map<String, String> machineOptions() {
    return Map.of();
  }

  /**
   * Memory of the machines.
   *
   * @return 4 MiB unless overridden
   */
  protected long memoryBytes() {
    return 4L << 20;
  }

  @BeforeEach
  final void requireSupport() {
    RequiredSupport.require(provider().probe());
  }

  @AfterEach
  final void release() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
    arena.close();
  }

  private MachineSpec spec(String name) {
    return new MachineSpec(name, memoryBytes(), machineOptions());
  }

  private Machine create(String name) throws MachineException {
    Machine machine = provider().create(spec(name));
    opened.add(machine);
    return machine;
  }

  private IncomingMachine prepare(String name) throws MachineException {
    IncomingMachine incoming = provider().prepare(spec(name));
    opened.add(incoming);
    return incoming;
  }

  private static StreamConfiguration configuration(String type) {
    return new StreamConfiguration(type, 12, Set.of(), Optional.empty());
  }

  private static List<BlockAnnouncement> announcements(Machine machine) {
    return machine.blocks().stream()
        .map(b -> new BlockAnnouncement(b.name(), b.length(), 0, b.guestAddress()))
        .toList();
  }

  @Test
  final void shouldGoThroughItsRunStates() throws Exception {
    Machine machine = create("m1");
    assertEquals(RunState.PRELAUNCH, machine.runState());
    machine.start();
    machine.start();
    assertEquals(RunState.RUNNING, machine.runState());
    machine.stop(RunState.PAUSED);
    assertEquals(RunState.PAUSED, machine.runState());
    machine.stop(RunState.FINISH_MIGRATE);
    assertEquals(RunState.FINISH_MIGRATE, machine.runState(), "also when it is stopped already");
    assertThrows(MachineException.class, machine::start);
    machine.stop(RunState.PAUSED);
    machine.start();
    assertEquals(RunState.RUNNING, machine.runState());
  }

  @Test
  final void shouldNotStartAGuestThatWasGivenAway() throws Exception {
    Machine machine = create("m1");
    machine.start();
    machine.stop(RunState.POSTMIGRATE);
    assertThrows(MachineException.class, machine::start);
    assertThrows(MachineException.class, () -> machine.stop(RunState.PAUSED));
    assertEquals(RunState.POSTMIGRATE, machine.runState());
  }

  @Test
  final void shouldHaveBlocksOfWholePagesThatKeepTheirContent() throws Exception {
    Machine machine = create("m1");
    long total = 0;
    for (RamBlock block : machine.blocks()) {
      total += block.length();
      assertEquals(0, block.length() % PAGE, block::name);
      block.mapping().ifPresent(m -> assertEquals(block.length(), m.byteSize()));
    }
    assertTrue(total >= memoryBytes());
    RamBlock block = machine.blocks().getFirst();
    MemorySegment page = page(3);
    block.write(block.length() - PAGE, page, 0, PAGE);
    assertArrayEquals(bytes(page), read(block, block.length() - PAGE));
    block.zero(block.length() - PAGE, PAGE);
    assertArrayEquals(new byte[PAGE], read(block, block.length() - PAGE));
    assertThrows(
        IndexOutOfBoundsException.class, () -> block.write(block.length() - 1, page, 0, PAGE));
  }

  private MemorySegment page(long seed) {
    MemorySegment page = arena.allocate(PAGE, PAGE);
    new SeededBytes(seed).fill(page, 0, PAGE, 0);
    return page;
  }

  private byte[] read(RamBlock block, long offset) throws MachineException {
    MemorySegment into = arena.allocate(PAGE, PAGE);
    block.read(offset, into, 0, PAGE);
    return bytes(into);
  }

  private static byte[] bytes(MemorySegment memory) {
    return memory.toArray(ValueLayout.JAVA_BYTE);
  }

  private MemorySegment bitmap(RamBlock block) {
    return arena.allocate((block.length() / PAGE + 63) / 64 * 8, 8);
  }

  @Test
  final void shouldLogWritesOfTheProcess() throws Exception {
    Machine machine = create("m1");
    RamBlock block = machine.blocks().getFirst();
    MemorySegment bitmap = bitmap(block);
    DirtyLog log = machine.dirtyLog();
    log.start();
    log.fetch(block, bitmap);
    bitmap.fill((byte) 0);
    log.rearm(block, 0, block.length() / PAGE);
    long page = block.length() / PAGE - 2;
    block.write(page * PAGE, page(1), 0, PAGE);
    long fresh = log.fetch(block, bitmap);
    assertEquals(1, fresh);
    assertEquals(1L << (page % 64), bitmap.getAtIndex(ValueLayout.JAVA_LONG, page / 64));
    log.stop();
    assertDoesNotThrow(log::stop);
  }

  @Test
  final void shouldLogWritesOfTheGuest() throws Exception {
    Machine machine = create("m1");
    RamBlock block = machine.blocks().getFirst();
    MemorySegment bitmap = bitmap(block);
    DirtyLog log = machine.dirtyLog();
    log.start();
    machine.start();
    long written = 0;
    while (written == 0) {
      written = log.fetch(block, bitmap); // a guest of these providers keeps writing
    }
    machine.stop(RunState.PAUSED);
    log.fetch(block, bitmap);
    bitmap.fill((byte) 0);
    assertEquals(0, log.fetch(block, bitmap), "a stopped guest writes nothing");
    log.stop();
  }

  @Test
  final void shouldLiveOnInAnotherMachine() throws Exception {
    Machine source = create("source");
    source.start();
    source.stop(RunState.FINISH_MIGRATE);
    IncomingMachine incoming = prepare("destination");
    incoming.configure(configuration(source.machineType()));
    List<RamBlock> blocks = incoming.announce(announcements(source));
    for (int i = 0; i < blocks.size(); i++) {
      copy(source.blocks().get(i), blocks.get(i));
    }
    loadDevices(source, incoming);
    Machine destination = incoming.commit();
    opened.add(destination);
    assertEquals(RunState.PAUSED, destination.runState());
    assertSameState(source, destination);
    destination.start();
    assertEquals(RunState.RUNNING, destination.runState());
    destination.stop(RunState.PAUSED);
  }

  private void copy(RamBlock from, RamBlock to) throws MachineException {
    assertEquals(from.name(), to.name());
    assertEquals(from.length(), to.length());
    MemorySegment page = arena.allocate(PAGE, PAGE);
    for (long at = 0; at < from.length(); at += PAGE) {
      from.read(at, page, 0, PAGE);
      to.write(at, page, 0, PAGE);
    }
  }

  private static void loadDevices(Machine source, IncomingMachine incoming) throws Exception {
    DeviceLoading.Known known =
        assertInstanceOf(DeviceLoading.Known.class, incoming.deviceLoading());
    for (DeviceState device : source.devices()) {
      BytesWriter out = new BytesWriter();
      device.save(out);
      DeviceState twin =
          known.devices().stream()
              .filter(d -> d.key().equals(device.key()))
              .findFirst()
              .orElseThrow(() -> new AssertionError("no device " + device.key()));
      BytesReader in = new BytesReader(out.toByteArray());
      twin.load(in, device.version());
      assertEquals(0, in.remaining(), () -> "left of device " + device.key());
    }
  }

  private void assertSameState(Machine source, Machine destination) throws Exception {
    for (int i = 0; i < source.devices().size(); i++) {
      BytesWriter before = new BytesWriter();
      BytesWriter after = new BytesWriter();
      DeviceState device = source.devices().get(i);
      device.save(before);
      destination.devices().get(i).save(after);
      assertArrayEquals(before.toByteArray(), after.toByteArray(), () -> "device " + device.key());
    }
    for (int i = 0; i < source.blocks().size(); i++) {
      RamBlock from = source.blocks().get(i);
      RamBlock to = destination.blocks().get(i);
      for (long at = 0; at < from.length(); at += PAGE) {
        long offset = at;
        assertArrayEquals(read(from, at), read(to, at), () -> from.name() + " at " + offset);
      }
    }
  }

  @Test
  final void shouldRefuseAnotherMachineTypeAndStayUsable() throws Exception {
    Machine source = create("source");
    IncomingMachine incoming = prepare("destination");
    RefusedException refused =
        assertThrows(
            RefusedException.class, () -> incoming.configure(configuration("pc-of-another-kind")));
    assertTrue(refused.toString().contains("pc-of-another-kind"), refused::toString);
    assertDoesNotThrow(() -> incoming.configure(configuration(source.machineType())));
  }

  @Test
  final void shouldRefuseBlocksThatDoNotFit() throws Exception {
    Machine source = create("source");
    IncomingMachine incoming = prepare("destination");
    incoming.configure(configuration(source.machineType()));
    List<BlockAnnouncement> other = new ArrayList<>(announcements(source));
    BlockAnnouncement first = other.getFirst();
    other.set(0, new BlockAnnouncement(first.name(), first.length() + PAGE, 0, 0));
    assertThrows(RefusedException.class, () -> incoming.announce(other));
    other.set(0, new BlockAnnouncement("no." + first.name(), first.length(), 0, 0));
    assertThrows(RefusedException.class, () -> incoming.announce(other));
    assertDoesNotThrow(
        () -> {
          incoming.discard();
          incoming.discard();
          incoming.close();
        });
  }

  @Test
  final void shouldKeepTwoMachinesApart() throws Exception {
    Machine one = create("one");
    Machine other = create("other");
    RamBlock block = one.blocks().getFirst();
    long at = block.length() - PAGE;
    byte[] before = read(other.blocks().getFirst(), at);
    block.write(at, page(77), 0, PAGE);
    assertArrayEquals(before, read(other.blocks().getFirst(), at));
    one.start();
    assertNotEquals(RunState.RUNNING, other.runState());
    one.close();
    one.close();
    other.start();
    assertEquals(RunState.RUNNING, other.runState());
    other.stop(RunState.PAUSED);
  }

  @Test
  final void shouldRefuseUnknownOptions() {
    MachineSpec odd = new MachineSpec("odd", memoryBytes(), Map.of("no-such-option", "1"));
    assertThrows(MachineException.class, () -> provider().create(odd).close());
  }
}
