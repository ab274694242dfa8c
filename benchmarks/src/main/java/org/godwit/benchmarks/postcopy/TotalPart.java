package org.godwit.benchmarks.postcopy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * A whole migration by postcopy, without a rate limit: time as the source tells it, and between
 * QEMUs the longest silence of the guest at the switchover.
 */
final class TotalPart implements Part {
  private static final String TIME = "total ms";
  private static final String DOWN = "downtime ms, as told";
  private static final String SILENCE = "guest silent for ms";

  private final Setup setup;
  private final ImageShelf shelf;
  private final Samples samples;

  TotalPart(Setup setup, ImageShelf shelf) {
    this.setup = setup;
    this.shelf = shelf;
    samples = new Samples("Postcopy of %d MiB, all of it filled".formatted(setup.total() >> 20));
  }

  @Override
  public void round() throws InterruptedException {
    Attempt.measure(samples, "QEMU → QEMU", this::betweenQemus);
    Attempt.measure(samples, "QEMU → Godwit (image)", this::intoImage);
    Attempt.measure(samples, "Godwit (image) → QEMU", this::fromImage);
    Attempt.measure(samples, "Godwit → Godwit (kvm)", this::betweenGodwits);
  }

  private void betweenQemus(String row) throws IOException, InterruptedException {
    String uri = "tcp:127.0.0.1:" + PostcopyBenchmark.freePort();
    try (QemuSide destination = QemuSide.destination(setup, setup.total(), uri, Link.PLAIN);
        QemuSide source = QemuSide.source(setup, setup.total())) {
      source.postcopy(uri, Link.PLAIN);
      add(row, source.awaitEnd().all());
      double silence = destination.guest().arrived() - source.guest().lastSign();
      samples.add(row, SILENCE, silence / 1e6);
    }
  }

  private void intoImage(String row) throws IOException, InterruptedException {
    int port = PostcopyBenchmark.freePort();
    try (QemuSide source = QemuSide.source(setup, setup.total());
        GodwitCommand receive =
            GodwitCommand.receive(shelf.empty(), port, "--capability", "postcopy-ram")) {
      source.postcopy("tcp:127.0.0.1:" + port, Link.PLAIN);
      add(row, source.awaitEnd().all());
      JsonNode _ = receive.answer();
    }
    Path _ = shelf.empty();
  }

  private void fromImage(String row) throws IOException, InterruptedException {
    Path image = shelf.fresh(setup.total());
    String uri = "tcp:127.0.0.1:" + PostcopyBenchmark.freePort();
    try (QemuSide _ = QemuSide.destination(setup, setup.total(), uri, Link.PLAIN);
        GodwitCommand send = GodwitCommand.sendLazy(image, uri, Link.PLAIN)) {
      add(row, send.answer());
    }
  }

  private void betweenGodwits(String row) throws IOException, InterruptedException {
    try (GodwitCommand demo = GodwitDemo.start("", setup.total(), 0)) {
      add(row, demo.answer().path("migration"));
    }
  }

  private void add(String row, JsonNode told) {
    samples.add(row, TIME, told.path("total-time").asDouble());
    samples.add(row, DOWN, told.path("downtime").asDouble());
  }

  @Override
  public void print(PrintStream out) {
    samples.print(out);
  }
}
