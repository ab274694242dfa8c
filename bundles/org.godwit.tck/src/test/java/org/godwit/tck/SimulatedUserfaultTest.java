package org.godwit.tck;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.godwit.api.userfault.UserfaultBackend;

/** The contract's first subject. */
class SimulatedUserfaultTest extends UserfaultContract {
  private final SimulatedUserfault backend = new SimulatedUserfault();

  @Override
  protected UserfaultBackend backend() {
    return backend;
  }

  @Override
  protected MemorySegment absentMemory(long length) {
    return Arena.ofAuto().allocate(length, pageSize());
  }

  @Override
  protected byte access(MemorySegment memory, long offset) throws InterruptedException {
    return backend.read(memory, offset);
  }
}
