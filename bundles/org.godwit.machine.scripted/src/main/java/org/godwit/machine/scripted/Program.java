package org.godwit.machine.scripted;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A guest program with everything that makes it go on: the plan, where each thread stands, the
 * orders and the number of the next line. Used while the guest is stopped; while it runs each
 * walker belongs to its thread and the rest to the first thread.
 */
final class Program {
  private final Plan plan;
  private final List<Walker> walkers = new ArrayList<>();
  private final Orders orders;
  private long nextLine;

  Program(
      Plan plan,
      Orders orders,
      long nextLine,
      Arena arena,
      MemorySegment memory,
      MemorySegment log) {
    this.plan = plan;
    this.orders = orders;
    this.nextLine = nextLine;
    for (int thread = 0; thread < plan.threads(); thread++) {
      walkers.add(new Walker(plan, thread, new Control(arena, memory, log)));
    }
  }

  Plan plan() {
    return plan;
  }

  List<Walker> walkers() {
    return walkers;
  }

  Orders orders() {
    return orders;
  }

  long nextLine() {
    return nextLine;
  }

  /** Rounds that are complete, of the slowest thread; orders in scripted mode. */
  long rounds() {
    if (!plan.mode().walks()) {
      return plan.mode() == Mode.SCRIPTED ? orders.size() : nextLine;
    }
    return walkers.stream().mapToLong(Walker::round).min().orElse(1) - 1;
  }

  /** The next line of output; each has a number one greater than the one before. */
  String line() {
    long pages = walkers.stream().mapToLong(walker -> walker.control().written()).sum();
    String line = "round %d pages %d line %d\n".formatted(rounds(), pages, nextLine);
    nextLine++;
    return line;
  }

  /** The round that wrote each page last, for a check of all pages. */
  PageRounds lastRounds(int pages) {
    if (plan.mode() == Mode.SCRIPTED) {
      int[] ordered = orders.lastRounds(pages);
      return page -> ordered[page] >= 0 || page >= plan.filledPages() ? ordered[page] : 0;
    }
    return this::lastRound;
  }

  private long lastRound(int page) {
    if (page >= plan.filledPages()) {
      return PageRounds.NEVER;
    }
    if (!plan.mode().walks() || page >= plan.workingPages()) {
      return 0;
    }
    int thread = 0;
    while (page >= plan.shareBegin(thread + 1)) {
      thread++;
    }
    return walkers.get(thread).lastRound(page);
  }

  /** Which round wrote a page last. */
  @FunctionalInterface
  interface PageRounds {
    /** No round: the page is zero. */
    long NEVER = -1;

    long of(int page);
  }
}
