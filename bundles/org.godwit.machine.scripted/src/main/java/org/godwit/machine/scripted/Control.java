package org.godwit.machine.scripted;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The control block of one program thread, outside guest memory: what the machine code of {@link
 * ProgramCode} reads and writes. All fields have 8 bytes:
 *
 * <pre>
 *   0x00 stop       not 0: return at the next page
 *   0x08 base       address of the guest's memory
 *   0x10 position   next page within the thread's share
 *   0x18 stride     how far it is to the page after that
 *   0x20 pages      pages of the share
 *   0x28 left       pages left in this round
 *   0x30 key        key of this round's content
 *   0x38 budget     pages to write before returning
 *   0x40 written    pages written in all
 *   0x48 log        address of a bitmap of written pages, or 0
 *   0x50 first      number of the share's first page
 * </pre>
 *
 * <p>Threads: the program's thread while it runs, any thread while it does not; {@link #stop} from
 * any thread at any time.
 */
final class Control {
  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;
  private static final VarHandle STOP = WORD.varHandle();
  private static final long BYTES = 0x58;

  private final MemorySegment block;

  Control(Arena arena, MemorySegment memory, MemorySegment log) {
    block = arena.allocate(BYTES, 64);
    block.set(WORD, 0x08, memory.address());
    block.set(WORD, 0x48, log.address());
  }

  MemorySegment block() {
    return block;
  }

  void stop(boolean stop) {
    STOP.setVolatile(block, 0L, stop ? 1L : 0L);
  }

  boolean stopped() {
    return (long) STOP.getVolatile(block, 0L) != 0;
  }

  void share(long first, long pages, long stride) {
    block.set(WORD, 0x50, first);
    block.set(WORD, 0x20, pages);
    block.set(WORD, 0x18, stride);
  }

  void round(long position, long left, long key) {
    block.set(WORD, 0x10, position);
    block.set(WORD, 0x28, left);
    block.set(WORD, 0x30, key);
  }

  void budget(long pages) {
    block.set(WORD, 0x38, pages);
  }

  long position() {
    return block.get(WORD, 0x10);
  }

  long stride() {
    return block.get(WORD, 0x18);
  }

  long pages() {
    return block.get(WORD, 0x20);
  }

  long left() {
    return block.get(WORD, 0x28);
  }

  long key() {
    return block.get(WORD, 0x30);
  }

  long budget() {
    return block.get(WORD, 0x38);
  }

  long written() {
    return block.get(WORD, 0x40);
  }

  void written(long pages) {
    block.set(WORD, 0x40, pages);
  }

  long first() {
    return block.get(WORD, 0x50);
  }
}
