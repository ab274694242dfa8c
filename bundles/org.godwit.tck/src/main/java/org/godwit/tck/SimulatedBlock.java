package org.godwit.tck;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Optional;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.RamBlock;

/** A block of plain native memory, with a log of the pages written through it. Thread-safe. */
final class SimulatedBlock implements RamBlock {
  private final String name;
  private final MemorySegment memory;
  private final BitSet dirty = new BitSet();

  SimulatedBlock(String name, long length) {
    this.name = name;
    this.memory = Arena.ofAuto().allocate(length, DirtyLog.PAGE_SIZE);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long length() {
    return memory.byteSize();
  }

  @Override
  public long pageSize() {
    return DirtyLog.PAGE_SIZE;
  }

  @Override
  public long guestAddress() {
    return 0;
  }

  @Override
  public Optional<MemorySegment> mapping() {
    return Optional.of(memory);
  }

  @Override
  public synchronized void read(long offset, MemorySegment into, long intoOffset, long length) {
    MemorySegment.copy(memory, offset, into, intoOffset, length);
  }

  @Override
  public synchronized void write(long offset, MemorySegment from, long fromOffset, long length) {
    MemorySegment.copy(from, fromOffset, memory, offset, length);
    mark(offset, length);
  }

  @Override
  public synchronized void zero(long offset, long length) {
    memory.asSlice(offset, length).fill((byte) 0);
    mark(offset, length);
  }

  private void mark(long offset, long length) {
    long last = (offset + length - 1) / DirtyLog.PAGE_SIZE;
    dirty.set((int) (offset / DirtyLog.PAGE_SIZE), (int) last + 1);
  }

  /** Hands out the pages written since the last call, as set bits of 64-bit words. */
  synchronized long[] takeDirty() {
    long[] words = dirty.toLongArray();
    dirty.clear();
    return words;
  }
}
