package org.godwit.machine.kvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.savestate.DeviceState;

/** The smallest migration there is: copies memory and devices from one machine into another. */
final class Moves {
  private static final long POLL_NANOS = 200_000;

  private Moves() {}

  static MachineSpec spec(String name, long memory, Map<String, String> options) {
    return new MachineSpec(name, memory, options);
  }

  static List<RamBlock> announce(IncomingMachine into, Machine from) throws Exception {
    into.configure(new StreamConfiguration(from.machineType(), 12, Set.of(), Optional.empty()));
    List<BlockAnnouncement> announced =
        from.blocks().stream()
            .map(b -> new BlockAnnouncement(b.name(), b.length(), b.pageSize(), 0))
            .toList();
    return into.announce(announced);
  }

  static void copyAll(RamBlock from, RamBlock to) throws Exception {
    copyPages(from, to, 0, from.length() / DirtyLog.PAGE_SIZE);
  }

  /** As a migration does: zero pages as such, the rest page by page. */
  private static void copyPages(RamBlock from, RamBlock to, long first, long end) throws Exception {
    MemorySegment memory = from.mapping().orElseThrow();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(DirtyLog.PAGE_SIZE);
      MemorySegment zero = arena.allocate(DirtyLog.PAGE_SIZE);
      for (long i = first; i < end; i++) {
        MemorySegment.copy(memory, i * DirtyLog.PAGE_SIZE, page, 0, DirtyLog.PAGE_SIZE);
        if (page.mismatch(zero) < 0) {
          to.zero(i * DirtyLog.PAGE_SIZE, DirtyLog.PAGE_SIZE);
        } else {
          to.write(i * DirtyLog.PAGE_SIZE, page, 0, DirtyLog.PAGE_SIZE);
        }
      }
    }
  }

  /** Fetches the log and copies what it names; returns how many pages. */
  static long copyDirty(Machine from, RamBlock block, RamBlock to) throws Exception {
    long pages = block.length() / DirtyLog.PAGE_SIZE;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bitmap = arena.allocate((pages + 63) / 64 * 8, 8);
      long found = from.dirtyLog().fetch(block, bitmap);
      from.dirtyLog().rearm(block, 0, pages);
      for (long page = 0; page < pages; page++) {
        long word = bitmap.getAtIndex(ValueLayout.JAVA_LONG, page >> 6);
        if ((word & 1L << page) != 0) {
          copyPages(block, to, page, page + 1);
        }
      }
      return found;
    }
  }

  static void copyDevices(Machine from, IncomingMachine into) throws Exception {
    List<DeviceState> targets = ((DeviceLoading.Known) into.deviceLoading()).devices();
    for (int i = 0; i < targets.size(); i++) {
      ArrayWriter out = new ArrayWriter();
      from.devices().get(i).save(out);
      ArrayReader in = new ArrayReader(out.written());
      targets.get(i).load(in, from.devices().get(i).version());
    }
  }

  static int lines(Machine machine) {
    return (int) text(machine).chars().filter(c -> c == '\n').count();
  }

  static String text(Machine machine) {
    return ((org.godwit.api.machine.GuestOutput) machine).output().text();
  }

  /** Waits for a guest that makes lines on its own, as long as it runs. */
  static void awaitLines(Machine machine, int count) {
    while (lines(machine) < count) {
      if (machine.runState() != RunState.RUNNING) {
        throw new AssertionError("the guest is " + machine.runState());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
