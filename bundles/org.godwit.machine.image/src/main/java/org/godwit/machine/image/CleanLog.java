package org.godwit.machine.image;

import java.lang.foreign.MemorySegment;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.RamBlock;

/** The log of memory that nobody writes. Stateless. */
final class CleanLog implements DirtyLog {
  @Override
  public void start() {}

  @Override
  public long fetch(RamBlock block, MemorySegment bitmap) {
    return 0;
  }

  @Override
  public void rearm(RamBlock block, long firstPage, long pages) {}

  @Override
  public void stop() {}
}
