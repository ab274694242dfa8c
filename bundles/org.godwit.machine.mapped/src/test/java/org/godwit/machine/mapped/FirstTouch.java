package org.godwit.machine.mapped;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import org.godwit.linux.Mapping;
import org.godwit.linux.Mapping.Advice;

/**
 * Measures how fast pages can be received into fresh memory of each kind: not a test, but a program
 * that prints the table of the README. Each variant is run in turn, several rounds; the best round
 * counts, because everything that disturbs makes a round slower.
 */
public final class FirstTouch {
  private static final long SIZE = 1L << 30;
  private static final long PIECE = 2L << 20;
  private static final int PAGE = 4096;
  private static final int ROUNDS = 5;
  private static final double NANOS_PER_SECOND = 1e9;

  private FirstTouch() {}

  /** A way to get memory ready for a page. */
  private enum Variant {
    SMALL(Advice.NOHUGEPAGE, false),
    SMALL_POPULATED(Advice.NOHUGEPAGE, true),
    HUGE(Advice.HUGEPAGE, false),
    HUGE_POPULATED(Advice.HUGEPAGE, true);

    private final Advice advice;
    private final boolean populate;

    Variant(Advice advice, boolean populate) {
      this.advice = advice;
      this.populate = populate;
    }
  }

  /**
   * Prints the table.
   *
   * @param arguments none
   * @throws Exception if memory cannot be had
   */
  public static void main(String[] arguments) throws Exception {
    Backing[] backings = Backing.values();
    Variant[] variants = Variant.values();
    double[][] best = new double[backings.length][variants.length];
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < backings.length; i++) {
        for (int j = 0; j < variants.length; j++) {
          best[i][j] = Math.max(best[i][j], receive(backings[i], variants[j]));
        }
      }
    }
    for (int i = 0; i < backings.length; i++) {
      for (int j = 0; j < variants.length; j++) {
        String name = (backings[i] + " " + variants[j]).toLowerCase(Locale.ROOT);
        System.out.printf("%-28s %.2f GiB/s%n", name, best[i][j]);
      }
    }
  }

  /**
   * Takes memory and gives it back, so that every variant begins with the same: a virtual host may
   * have taken free memory away, and getting it back is a matter of the host.
   */
  private static void fetchFromHost() throws Exception {
    try (Mapping mapping = Mapping.anonymous(SIZE)) {
      mapping.advise(Advice.HUGEPAGE, 0, SIZE);
      mapping.advise(Advice.POPULATE_WRITE, 0, SIZE);
    }
  }

  /** Receives pages in order and returns GiB per second. */
  private static double receive(Backing backing, Variant variant) throws Exception {
    fetchFromHost();
    try (Mapping mapping = backing.map("first-touch", SIZE);
        Arena arena = Arena.ofConfined()) {
      mapping.advise(variant.advice, 0, SIZE);
      MemorySegment source = arena.allocate(1 << 20, PAGE);
      source.fill((byte) 5);
      long begin = System.nanoTime();
      for (long at = 0; at < SIZE; at += PAGE) {
        if (variant.populate && at % PIECE == 0) {
          mapping.advise(Advice.POPULATE_WRITE, at, PIECE);
        }
        MemorySegment.copy(source, at & 0xf_f000, mapping.segment(), at, PAGE);
      }
      return 1 / ((System.nanoTime() - begin) / NANOS_PER_SECOND);
    }
  }
}
