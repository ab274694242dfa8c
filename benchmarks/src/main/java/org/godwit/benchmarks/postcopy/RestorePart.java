package org.godwit.benchmarks.postcopy;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * From `godwit send --lazy` to the first word of the guest in a QEMU that listens already. The
 * start of the command (JVM and container) is measured beside it, as that of `godwit version`.
 */
final class RestorePart implements Part {
  private final Setup setup;
  private final ImageShelf shelf;
  private final Samples samples =
      new Samples("From `send --lazy` to the guest's first word in QEMU, milliseconds");

  RestorePart(Setup setup, ImageShelf shelf) {
    this.setup = setup;
    this.shelf = shelf;
  }

  @Override
  public void round() throws InterruptedException {
    for (long memory : setup.images()) {
      Attempt.measure(samples, (memory >> 20) + " MiB", row -> restore(row, memory));
    }
  }

  private void restore(String row, long memory) throws IOException, InterruptedException {
    Path image = shelf.fresh(memory);
    double start = version();
    String uri = "tcp:127.0.0.1:" + PostcopyBenchmark.freePort();
    try (QemuSide destination = QemuSide.destination(setup, memory, uri, Link.PLAIN);
        GodwitCommand send = GodwitCommand.sendLazy(image, uri, Link.PLAIN)) {
      double time = (destination.guest().arrived() - send.begun()) / 1e6;
      samples.add(row, "command to first word", time);
      samples.add(row, "start of a command alone", start);
      samples.add(row, "difference", time - start);
      double told = send.answer().path("guest-started-after-us").asDouble() / 1e3;
      samples.add(row, "begin to RUN, as told", told);
    }
  }

  private static double version() throws IOException, InterruptedException {
    try (GodwitCommand command = GodwitCommand.start("version")) {
      var _ = command.answer();
      return (System.nanoTime() - command.begun()) / 1e6;
    }
  }

  @Override
  public void print(PrintStream out) {
    samples.print(out);
  }
}
