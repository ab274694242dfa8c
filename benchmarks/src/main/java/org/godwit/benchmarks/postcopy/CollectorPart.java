package org.godwit.benchmarks.postcopy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;

/** The same demo under several collectors of the JVM, and what each costs a command. */
final class CollectorPart implements Part {
  /** All arrives in so many seconds, so that there is time for faults. */
  private static final int SECONDS = 4;

  private final Setup setup;
  private final Samples samples =
      new Samples("Collectors: fault until placed in microseconds, start of a command");

  CollectorPart(Setup setup) {
    this.setup = setup;
  }

  @Override
  public void round() throws InterruptedException {
    for (String collector : setup.collectors()) {
      Attempt.measure(samples, collector, this::measure);
    }
  }

  private void measure(String collector) throws IOException, InterruptedException {
    // the script may have chosen one; two would be refused
    String options = "-XX:-UseSerialGC -XX:-UseG1GC -XX:-UseZGC -XX:+Use" + collector + "GC";
    try (GodwitCommand demo = GodwitDemo.start(options, setup.memory(), setup.memory() / SECONDS)) {
      JsonNode answer = demo.answer();
      GodwitDemo.add(samples, collector, answer.path("incoming").path("x-godwit-postcopy"));
      samples.add(collector, "downtime ms", answer.path("migration").path("downtime").asDouble());
    }
    try (GodwitCommand version = GodwitCommand.startWith(options, "version")) {
      JsonNode _ = version.answer();
      samples.add(collector, "`version` ms", (System.nanoTime() - version.begun()) / 1e6);
    }
  }

  @Override
  public void print(PrintStream out) {
    samples.print(out);
  }
}
