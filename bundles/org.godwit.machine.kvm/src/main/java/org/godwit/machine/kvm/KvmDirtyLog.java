package org.godwit.machine.kvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.linux.KvmVm;
import org.godwit.linux.LinuxException;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.PageMarks;

/**
 * The dirty log of KVM, with the pages that this process writes through the block.
 *
 * <p>With manual protection fetching only reads: pages are protected again by {@link #rearm}, in
 * pieces, just before they are read. What was fetched and not yet re-armed is remembered, because
 * clearing must name exactly the bits that were seen. KVM reports such pages again until then,
 * which is harmless: they have not been sent yet.
 *
 * <p>Threads: one at a time, and {@link #stop()} also from the thread that closes the machine.
 */
final class KvmDirtyLog implements DirtyLog {
  private final KvmVm vm;
  private final MappedBlock block;
  private final boolean manual;
  private final MemorySegment fetched;

  KvmDirtyLog(Arena arena, KvmVm vm, MappedBlock block, boolean manual) {
    this.vm = vm;
    this.block = block;
    this.manual = manual;
    long words = (block.length() / PAGE_SIZE + Long.SIZE - 1) / Long.SIZE;
    this.fetched = arena.allocate(words * Long.BYTES, Long.BYTES);
  }

  @Override
  public synchronized void start() throws MachineException {
    fetched.fill((byte) 0);
    block.marks().start();
    log(true);
  }

  private void log(boolean on) throws MachineException {
    try {
      for (Slot slot : Slot.of(block.length())) {
        slot.map(vm, block.memory().segment(), on);
      }
    } catch (LinuxException e) {
      throw new MachineException("KVM cannot log writes to block " + block.name(), e);
    }
  }

  @Override
  public synchronized long fetch(RamBlock of, MemorySegment bitmap) throws MachineException {
    try {
      for (Slot slot : Slot.of(block.length())) {
        vm.dirtyLog(slot.number(), words(slot.firstPage(), slot.pages()));
      }
    } catch (LinuxException e) {
      throw new MachineException("The dirty log of block " + block.name() + " is lost", e);
    }
    long added = block.marks().take(bitmap);
    for (long at = 0; at < fetched.byteSize(); at += Long.BYTES) {
      long bits = fetched.get(ValueLayout.JAVA_LONG, at);
      if (bits != 0) {
        added += PageMarks.merge(bitmap, at / Long.BYTES, bits);
      }
    }
    return added;
  }

  /** The words of a range that begins at a multiple of 64 pages. */
  private MemorySegment words(long firstPage, long pages) {
    return fetched.asSlice(firstPage / Byte.SIZE, (pages + Long.SIZE - 1) / Long.SIZE * Long.BYTES);
  }

  @Override
  public synchronized void rearm(RamBlock of, long firstPage, long pages) throws MachineException {
    if (!manual) {
      return;
    }
    try {
      for (Slot slot : Slot.of(block.length())) {
        long slotEnd = slot.firstPage() + slot.pages();
        long from = Math.max(firstPage, slot.firstPage()) & -Long.SIZE;
        long to = Math.min((firstPage + pages + Long.SIZE - 1) & -Long.SIZE, slotEnd);
        clear(slot, from, to);
      }
    } catch (LinuxException e) {
      throw new MachineException("The dirty log of block " + block.name() + " is lost", e);
    }
  }

  private void clear(Slot slot, long from, long to) throws LinuxException {
    if (from >= to) {
      return;
    }
    MemorySegment seen = words(from, to - from);
    if (empty(seen)) {
      return;
    }
    vm.clearDirtyLog(slot.number(), from - slot.firstPage(), (int) (to - from), seen);
    seen.fill((byte) 0);
  }

  private static boolean empty(MemorySegment words) {
    for (long at = 0; at < words.byteSize(); at += Long.BYTES) {
      if (words.get(ValueLayout.JAVA_LONG, at) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public synchronized void stop() {
    block.marks().stop();
    try {
      log(false);
    } catch (MachineException e) {
      // The slots stay logged, which costs the guest a little time and nothing else.
      KvmGuest.LOG.warn("Dirty logging stays on", e);
    }
  }
}
