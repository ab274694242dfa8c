package org.godwit.machine.scripted;

import org.godwit.machine.mapped.PageContent;

/**
 * What a guest program is: constant for its life, and part of its state, so that it goes on in the
 * same way wherever it arrives.
 *
 * @param seed makes the content of two guests differ
 * @param mode what it does
 * @param workingPages pages 0 to here are written round after round
 * @param filledPages pages 0 to here were written once before the first round; the rest is zero
 * @param threads how many threads share the working set
 * @param pagesPerSecond rate of all threads together, 0 for as fast as they can
 * @param lineMillis time between two lines of output
 */
record Plan(
    long seed,
    Mode mode,
    long workingPages,
    long filledPages,
    int threads,
    long pagesPerSecond,
    int lineMillis) {
  static final int MAX_THREADS = 16;
  static final int MAX_LINE_MILLIS = 60_000;
  static final long MAX_RATE = 1L << 40;

  /** The key of a round's pages; round 0 is the filling. */
  long key(long round) {
    return PageContent.mix(seed ^ PageContent.mix(round + 1));
  }

  /** First page of a thread's share of the working set. */
  long shareBegin(int thread) {
    return workingPages * thread / threads;
  }

  long sharePages(int thread) {
    return shareBegin(thread + 1) - shareBegin(thread);
  }

  /** What is wrong with this plan on a machine of so many pages; empty if nothing. */
  String objection(long pages) {
    if (threads < 1 || threads > MAX_THREADS || workingPages < threads) {
      return threads + " threads for a working set of " + workingPages + " pages";
    }
    if (workingPages > filledPages || filledPages > pages) {
      return "working set of %d and filled memory of %d of %d pages"
          .formatted(workingPages, filledPages, pages);
    }
    if (lineMillis < 1 || lineMillis > MAX_LINE_MILLIS) {
      return "a line every " + lineMillis + " ms";
    }
    return pagesPerSecond < 0 || pagesPerSecond > MAX_RATE ? pagesPerSecond + " pages/s" : "";
  }
}
