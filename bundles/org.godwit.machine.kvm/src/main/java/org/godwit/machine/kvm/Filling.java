package org.godwit.machine.kvm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.godwit.api.machine.DirtyLog;
import org.godwit.machine.mapped.PageContent;

/** Writes the content that memory has before the first round. */
final class Filling {
  private static final int WORDS = DirtyLog.PAGE_SIZE / Long.BYTES;

  private Filling() {}

  static void write(MemorySegment memory, KvmPlan plan) {
    long key = plan.key(0);
    long end = KvmPlan.FIRST_PAGE + plan.filledPages();
    for (long page = KvmPlan.FIRST_PAGE; page < end; page++) {
      page(memory, page, PageContent.first(key, page));
    }
  }

  private static void page(MemorySegment memory, long page, long first) {
    long word = first;
    long at = page * DirtyLog.PAGE_SIZE;
    for (int i = 0; i < WORDS; i++) {
      memory.set(ValueLayout.JAVA_LONG, at + (long) i * Long.BYTES, word);
      word += PageContent.STEP;
    }
  }
}
