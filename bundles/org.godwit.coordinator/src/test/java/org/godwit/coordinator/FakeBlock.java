package org.godwit.coordinator;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.machine.RamBlock;

/** A block in the memory of the test. */
record FakeBlock(String name, MemorySegment memory, boolean mapped) implements RamBlock {
  static FakeBlock of(String name, int pages, boolean mapped) {
    return new FakeBlock(name, Arena.ofAuto().allocate(pages * 4096L, 4096), mapped);
  }

  @Override
  public long length() {
    return memory.byteSize();
  }

  @Override
  public long pageSize() {
    return 4096;
  }

  @Override
  public long guestAddress() {
    return 0;
  }

  @Override
  public Optional<MemorySegment> mapping() {
    return mapped ? Optional.of(memory) : Optional.empty();
  }

  @Override
  public void read(long offset, MemorySegment into, long intoOffset, long length) {
    MemorySegment.copy(memory, offset, into, intoOffset, length);
  }

  @Override
  public void write(long offset, MemorySegment from, long fromOffset, long length) {
    MemorySegment.copy(from, fromOffset, memory, offset, length);
  }

  /** Whoever sends it afterwards sends garbage. */
  @Override
  public boolean release(long offset, long length) {
    memory.asSlice(offset, length).fill((byte) 0x77);
    return true;
  }

  @Override
  public void zero(long offset, long length) {
    memory.asSlice(offset, length).fill((byte) 0);
  }
}
