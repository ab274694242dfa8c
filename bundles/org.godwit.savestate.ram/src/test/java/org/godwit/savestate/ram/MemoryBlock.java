package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;

/** A block that remembers which pages were written and zeroed. Used by the test's thread. */
final class MemoryBlock implements RamBlock {
  final MemorySegment memory;
  final BitSet dirty = new BitSet();
  final List<Long> zeroed = new ArrayList<>();

  /** Pages from here on are a hole; the block cannot tell holes if it is the end. */
  long holeFrom;

  /** Pages whose memory was given back. */
  final BitSet released = new BitSet();

  /** Whether memory can be given back. */
  boolean keeps;

  /** Calls that brought content. */
  int writes;

  private final String name;
  private final boolean mapped;
  private long pageSize = RamState.PAGE;

  MemoryBlock(String name, int pages, boolean mapped) {
    this.name = name;
    this.mapped = mapped;
    this.holeFrom = pages * RamState.PAGE;
    this.memory = Arena.ofAuto().allocate(pages * RamState.PAGE, RamState.PAGE);
  }

  /** Lies on larger host pages. */
  MemoryBlock onPagesOf(long bytes) {
    pageSize = bytes;
    return this;
  }

  /** The guest writes a word somewhere in a page. */
  void poke(int page, int offset, long value) {
    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, page * RamState.PAGE + offset, value);
    dirty.set(page);
  }

  void clear(int page) {
    memory.asSlice(page * RamState.PAGE, RamState.PAGE).fill((byte) 0);
    dirty.set(page);
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
    return pageSize;
  }

  @Override
  public long guestAddress() {
    return 0x1_0000_0000L;
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
    writes++;
    MemorySegment.copy(from, fromOffset, memory, offset, length);
  }

  @Override
  public void writePages(
      long offset, MemorySegment from, long fromOffset, long stride, int pageSize, int pages) {
    writes++;
    for (int i = 0; i < pages; i++) {
      long at = offset + (long) i * pageSize;
      MemorySegment.copy(from, fromOffset + i * stride, memory, at, pageSize);
    }
  }

  @Override
  public long nextData(long offset) {
    return offset >= holeFrom ? length() : offset;
  }

  @Override
  public boolean release(long offset, long length) throws MachineException {
    if (keeps) {
      throw new MachineException("as the test wants");
    }
    assertEquals(0, offset % pageSize);
    assertEquals(0, length % pageSize);
    int first = (int) (offset / RamState.PAGE);
    released.set(first, first + (int) (length / RamState.PAGE));
    // whoever sends it now sends garbage
    memory.asSlice(offset, length).fill((byte) 0x77);
    return true;
  }

  @Override
  public void zero(long offset, long length) {
    zeroed.add(offset / RamState.PAGE);
    memory.asSlice(offset, length).fill((byte) 0);
  }
}
