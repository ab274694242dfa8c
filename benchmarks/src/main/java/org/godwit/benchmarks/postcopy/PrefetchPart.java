package org.godwit.benchmarks.postcopy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/** Faults of a restore, and of the one after it, whose guest does the same. */
final class PrefetchPart implements Part {
  /** A link on which the background does not run ahead of the guest; all arrives in 5 s. */
  private static final int SECONDS = 5;

  private final Setup setup;
  private final ImageShelf shelf;
  private final Samples samples;

  PrefetchPart(Setup setup, ImageShelf shelf) {
    this.setup = setup;
    this.shelf = shelf;
    samples = new Samples("Learned prefetch, image of " + (setup.memory() >> 20) + " MiB");
  }

  @Override
  public void round() throws IOException, InterruptedException {
    Path image = shelf.fresh(setup.memory());
    Attempt.measure(samples, "first restore", row -> restore(row, image));
    Attempt.measure(samples, "second restore", row -> restore(row, image));
  }

  private void restore(String row, Path image) throws IOException, InterruptedException {
    Link link = new Link(setup.memory() / SECONDS, false);
    String uri = "tcp:127.0.0.1:" + PostcopyBenchmark.freePort();
    try (QemuSide destination = QemuSide.destination(setup, setup.memory(), uri, link);
        GodwitCommand send = GodwitCommand.sendLazy(image, uri, link)) {
      double time = (destination.guest().arrived() - send.begun()) / 1e6;
      Touches touches = Touches.of(destination.guest().notes());
      JsonNode lesson = send.answer().path("prefetch");
      samples.add(row, "requests in the first 5 s", lesson.path("requests").asDouble());
      samples.add(row, "faults the guest noticed", touches.faults());
      samples.add(row, "pages sent first", lesson.path("prefetched-pages").asDouble());
      samples.add(row, "command to first word, ms", time);
    }
  }

  @Override
  public void print(PrintStream out) {
    samples.print(out);
  }
}
