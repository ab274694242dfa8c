package org.godwit.tck;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.godwit.api.machine.Support;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultRegion;

/** Traps in Java: whoever reads through {@link #read} waits for the page. Thread-safe. */
final class SimulatedUserfault implements UserfaultBackend {
  private final Map<Long, Region> regions = new ConcurrentHashMap<>();

  @Override
  public Support probe() {
    return new Support.Available();
  }

  @Override
  public UserfaultRegion register(MemorySegment memory, long pageSize, FaultSink sink) {
    Region region = new Region(memory, pageSize, sink);
    regions.put(memory.address(), region);
    return region;
  }

  byte read(MemorySegment memory, long offset) throws InterruptedException {
    Region region = regions.get(memory.address());
    if (region == null) {
      throw new IllegalArgumentException("that memory is not registered");
    }
    region.awaitPage(offset);
    return memory.get(ValueLayout.JAVA_BYTE, offset);
  }

  private static final class Region implements UserfaultRegion {
    private final MemorySegment memory;
    private final long pageSize;
    private final FaultSink sink;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final BitSet present = new BitSet();
    private boolean closed;

    Region(MemorySegment memory, long pageSize, FaultSink sink) {
      this.memory = memory;
      this.pageSize = pageSize;
      this.sink = sink;
    }

    void awaitPage(long offset) throws InterruptedException {
      int page = (int) (offset / pageSize);
      lock.lock();
      try {
        if (!present.get(page) && !closed) {
          sink.missing(page * pageSize, false);
        }
        while (!present.get(page) && !closed) {
          changed.await();
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public Resolution install(long offset, MemorySegment from, long fromOffset) {
      return place(offset, from.asSlice(fromOffset, pageSize));
    }

    @Override
    public Resolution installZero(long offset) {
      return place(offset, MemorySegment.ofArray(new byte[(int) pageSize]));
    }

    private Resolution place(long offset, MemorySegment content) {
      int page = (int) (offset / pageSize);
      lock.lock();
      try {
        if (present.get(page)) {
          return Resolution.ALREADY_PRESENT;
        }
        memory.asSlice(offset, pageSize).copyFrom(content);
        present.set(page);
        changed.signalAll();
        return Resolution.INSTALLED;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        closed = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
