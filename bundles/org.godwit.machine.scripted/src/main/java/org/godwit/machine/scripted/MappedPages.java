package org.godwit.machine.scripted;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.godwit.api.machine.DirtyLog;
import org.godwit.linux.Mapping;
import org.godwit.machine.mapped.PageContent;

/** Writes finished pages from native code and marks them afterwards. Thread-safe. */
final class MappedPages {
  private static final int WORDS = DirtyLog.PAGE_SIZE / Long.BYTES;

  private final Mapping memory;
  private final ProgramMarks marks;
  private final ThreadLocal<MemorySegment> scratch =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(DirtyLog.PAGE_SIZE, Long.BYTES));

  MappedPages(Mapping memory, ProgramMarks marks) {
    this.memory = memory;
    this.marks = marks;
  }

  void write(long page, long key) {
    MemorySegment content = scratch.get();
    long word = PageContent.first(key, page);
    for (int i = 0; i < WORDS; i++) {
      content.setAtIndex(ValueLayout.JAVA_LONG, i, word);
      word += PageContent.STEP;
    }
    memory.copyIn(page * DirtyLog.PAGE_SIZE, content, 0, DirtyLog.PAGE_SIZE);
    marks.mark(page);
  }
}
