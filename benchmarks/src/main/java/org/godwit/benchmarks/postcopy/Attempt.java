package org.godwit.benchmarks.postcopy;

import java.io.IOException;

/** A measurement that can fail without ending the others. */
@FunctionalInterface
interface Attempt {
  void run(String row) throws IOException, InterruptedException;

  /** Runs it and tells the time of all of it. */
  static void measure(Samples samples, String row, Attempt attempt) throws InterruptedException {
    long begin = System.nanoTime();
    try {
      attempt.run(row);
    } catch (IOException e) {
      samples.failed(row, e);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.err.printf("%s: %s in %.1f s%n", row, samples.latest(row), seconds);
  }
}
