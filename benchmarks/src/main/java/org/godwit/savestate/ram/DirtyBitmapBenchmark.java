package org.godwit.savestate.ram;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One walk over the dirty bitmap of a guest of 1 TiB: 268,435,456 pages, 32 MiB of bits. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class DirtyBitmapBenchmark {
  private static final long PAGES = 1L << 28;

  /** Dirty pages among them. */
  @Param({"1", "1000000"})
  private int dirty = 1;

  private final Arena arena = Arena.ofShared();
  private final DirtyBitmap bitmap = new DirtyBitmap(PAGES, arena);

  /** Sets bits at random, the last one always. */
  @Setup(Level.Trial)
  public void scatter() {
    SplittableRandom random = new SplittableRandom(42);
    boolean _ = bitmap.set(PAGES - 1);
    while (bitmap.count() < dirty) {
      boolean _ = bitmap.set(random.nextLong(PAGES));
    }
  }

  /** Releases the memory. */
  @TearDown(Level.Trial)
  public void release() {
    arena.close();
  }

  /**
   * Visits every dirty page.
   *
   * @return number of pages found
   */
  @Benchmark
  public long walk() {
    long found = 0;
    for (long page = bitmap.next(0); page >= 0; page = bitmap.next(page + 1)) {
      found++;
    }
    return found;
  }
}
