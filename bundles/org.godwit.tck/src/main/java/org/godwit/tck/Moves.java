package org.godwit.tck;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.GuestOutput;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.savestate.DeviceState;

/**
 * The smallest migration there is: copies memory and devices from one machine into another, in the
 * order that a test wants. The blocks must be mapped. Stateless.
 */
public final class Moves {
  private Moves() {}

  /**
   * What to make.
   *
   * @param name name of the machine
   * @param memory bytes
   * @param options options of its kind
   * @return the specification
   */
  public static MachineSpec spec(String name, long memory, Map<String, String> options) {
    return new MachineSpec(name, memory, options);
  }

  /**
   * Announces a machine to an empty one.
   *
   * @param into the empty machine
   * @param from the machine
   * @return the blocks to write into, in the order of the machine's
   * @throws Exception if it is refused
   */
  public static List<RamBlock> announce(IncomingMachine into, Machine from) throws Exception {
    into.configure(new StreamConfiguration(from.machineType(), 12, Set.of(), Optional.empty()));
    List<BlockAnnouncement> announced =
        from.blocks().stream()
            .map(b -> new BlockAnnouncement(b.name(), b.length(), b.pageSize(), 0))
            .toList();
    return into.announce(announced);
  }

  /**
   * Copies all pages of a block.
   *
   * @param from where from
   * @param to where to, of the same length
   * @throws Exception if a page cannot be written
   */
  public static void copyAll(RamBlock from, RamBlock to) throws Exception {
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

  /**
   * Fetches the dirty log and copies what it names.
   *
   * @param from the machine
   * @param block its block
   * @param to where to, of the same length
   * @return how many pages
   * @throws Exception if the log cannot be fetched, or a page cannot be written
   */
  public static long copyDirty(Machine from, RamBlock block, RamBlock to) throws Exception {
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

  /**
   * Saves the devices of a stopped machine and loads them.
   *
   * @param from the machine
   * @param into the empty machine, whose devices are the same
   * @throws Exception if a device cannot be saved or loaded
   */
  public static void copyDevices(Machine from, IncomingMachine into) throws Exception {
    List<DeviceState> targets = ((DeviceLoading.Known) into.deviceLoading()).devices();
    for (int i = 0; i < targets.size(); i++) {
      BytesWriter out = new BytesWriter();
      from.devices().get(i).save(out);
      BytesReader in = new BytesReader(out.toByteArray());
      targets.get(i).load(in, from.devices().get(i).version());
    }
  }

  /**
   * Lines that the guest has written here.
   *
   * @param machine the machine, which shows its output
   * @return how many are complete
   */
  public static int lines(Machine machine) {
    return (int) text(machine).chars().filter(c -> c == '\n').count();
  }

  /**
   * What the guest has written here.
   *
   * @param machine the machine, which shows its output
   * @return the text
   */
  public static String text(Machine machine) {
    return ((GuestOutput) machine).output().text();
  }

  /**
   * Waits for a guest that makes lines on its own.
   *
   * @param machine the machine, which shows its output
   * @param count how many lines
   * @throws InterruptedException if the thread was interrupted
   */
  public static void awaitLines(Machine machine, int count) throws InterruptedException {
    await(machine, text -> text.chars().filter(c -> c == '\n').count() >= count);
  }

  /**
   * Waits for a guest that writes on its own.
   *
   * @param machine the machine, which shows its output
   * @param count how many bytes
   * @throws InterruptedException if the thread was interrupted
   */
  public static void awaitBytes(Machine machine, int count) throws InterruptedException {
    await(machine, text -> text.length() >= count);
  }

  private static void await(Machine machine, Predicate<String> enough) throws InterruptedException {
    GuestOutput guest = (GuestOutput) machine;
    GuestOutput.Output seen = guest.output();
    while (!enough.test(seen.text())) {
      if (!guest.awaitMore(seen.dropped() + seen.text().length())) {
        throw new AssertionError("the guest is " + machine.runState());
      }
      seen = guest.output();
    }
  }
}
