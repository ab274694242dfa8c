package org.godwit.machine.scripted;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.RamBlock;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.PageMarks;

/**
 * The log of a program that reports its own writes, where the kernel cannot track them. The program
 * marks always, after each page: a page in the making when logging begins is thus not missed.
 *
 * <p>Threads: programs mark, one thread fetches.
 */
final class ProgramMarks implements DirtyLog {
  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

  private final MappedBlock block;
  private final MemorySegment bitmap;

  ProgramMarks(Arena arena, MappedBlock block) {
    this.block = block;
    this.bitmap = arena.allocate((block.length() / PAGE_SIZE + 63) / 64 * Long.BYTES, 64);
  }

  MemorySegment bitmap() {
    return bitmap;
  }

  void mark(long page) {
    WORD.getAndBitwiseOr(bitmap, (page >> 6) * Long.BYTES, 1L << page);
  }

  @Override
  public void start() {
    for (long at = 0; at < bitmap.byteSize(); at += Long.BYTES) {
      WORD.setVolatile(bitmap, at, 0L);
    }
    block.marks().start();
  }

  @Override
  public long fetch(RamBlock fetched, MemorySegment into) {
    long added = block.marks().take(into);
    for (long at = 0; at < bitmap.byteSize(); at += Long.BYTES) {
      if ((long) WORD.getVolatile(bitmap, at) != 0) {
        long bits = (long) WORD.getAndSet(bitmap, at, 0L);
        added += PageMarks.merge(into, at / Long.BYTES, bits);
      }
    }
    return added;
  }

  @Override
  public void rearm(RamBlock rearmed, long firstPage, long pages) {
    // marking never ends
  }

  @Override
  public void stop() {
    block.marks().stop();
  }
}
