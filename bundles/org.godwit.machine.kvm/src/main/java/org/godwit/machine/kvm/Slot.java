package org.godwit.machine.kvm;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.DirtyLog;
import org.godwit.linux.KvmVm;
import org.godwit.linux.LinuxException;

/**
 * How one block of RAM lies in the guest's physical address space: up to 3 GiB at 0, the rest from
 * 4 GiB on; between are the devices.
 *
 * @param number the slot's number
 * @param firstPage its first page within the block
 * @param pages how many pages
 */
record Slot(int number, long firstPage, long pages) {
  private static final long HOLE_BEGIN = 3L << 30;
  private static final long HOLE_END = 4L << 30;

  /** The slots of a block of so many bytes. */
  static List<Slot> of(long bytes) {
    List<Slot> slots = new ArrayList<>();
    long low = Math.min(bytes, HOLE_BEGIN) / DirtyLog.PAGE_SIZE;
    slots.add(new Slot(0, 0, low));
    if (bytes > HOLE_BEGIN) {
      slots.add(new Slot(1, low, bytes / DirtyLog.PAGE_SIZE - low));
    }
    return slots;
  }

  /** Guest physical address of an offset in the block. */
  static long physical(long offset) {
    return offset < HOLE_BEGIN ? offset : offset - HOLE_BEGIN + HOLE_END;
  }

  /** Shows the slot's memory to the guest, or changes its logging. */
  void map(KvmVm vm, MemorySegment block, boolean logDirty) throws LinuxException {
    long offset = firstPage * DirtyLog.PAGE_SIZE;
    MemorySegment memory = block.asSlice(offset, pages * DirtyLog.PAGE_SIZE);
    vm.memory(number, physical(offset), memory, logDirty);
  }
}
