package org.godwit.benchmarks.postcopy;

import java.io.IOException;
import java.io.PrintStream;

/** A part of the benchmark: pairs, measured once in each round, in turns. */
interface Part {
  /** Measures everything once. */
  void round() throws IOException, InterruptedException;

  /** Prints medians of all rounds. */
  void print(PrintStream out);
}
