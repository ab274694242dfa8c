package org.godwit.benchmarks.postcopy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/** `godwit demo --mode postcopy`: two containers on this machine and a guest that writes. */
final class GodwitDemo {
  private GodwitDemo() {}

  static GodwitCommand start(String options, long memory, long rate) throws IOException {
    return GodwitCommand.startWith(
        options,
        "demo",
        "--mode",
        "postcopy",
        "--memory",
        Long.toString(memory),
        "--parameter",
        "max-postcopy-bandwidth=" + rate);
  }

  static void add(Samples samples, String row, JsonNode postcopy) {
    samples.add(row, "p50", postcopy.path("latency-median-us").asDouble());
    samples.add(row, "p99", postcopy.path("latency-99-us").asDouble());
    samples.add(row, "longest", postcopy.path("latency-most-us").asDouble());
    samples.add(row, "faults", postcopy.path("faults").asDouble());
  }
}
