package org.godwit.benchmarks.postcopy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * What a missing page costs the guest. In a QEMU the guest itself measures each touch (under TCG;
 * an exit to QEMU, the request, the page and the way back into the guest); in a Godwit the fault
 * service does, from the reading of the fault to the placing of its page.
 */
final class LatencyPart implements Part {
  /** With a limit all arrives in so many seconds: QEMU lets requests wait for it too. */
  private static final int SECONDS = 4;

  private final Setup setup;
  private final ImageShelf shelf;
  private final Samples busy;
  private final Samples separate;
  private final Samples limited;
  private final Samples inside;

  LatencyPart(Setup setup, ImageShelf shelf) {
    this.setup = setup;
    this.shelf = shelf;
    String guest = ", guest of " + (setup.memory() >> 20) + " MiB, microseconds";
    busy = new Samples("Touch of a missing page beside a background without limit" + guest);
    separate = new Samples("The same with postcopy-preempt" + guest);
    limited =
        new Samples(
            "Touch of a missing page with max-postcopy-bandwidth=%d MiB/s".formatted(rate() >> 20)
                + guest);
    inside = new Samples("Fault until placed, inside Godwit, Godwit → Godwit (kvm)" + guest);
  }

  @Override
  public void round() throws InterruptedException {
    turns(busy, Link.PLAIN);
    turns(separate, new Link(0, true));
    turns(limited, new Link(rate(), false));
    Attempt.measure(inside, "without limit", row -> demo(row, 0));
    Attempt.measure(inside, "with that limit", row -> demo(row, rate()));
  }

  private void turns(Samples samples, Link link) throws InterruptedException {
    Attempt.measure(samples, "QEMU → QEMU", row -> fromQemu(samples, row, link));
    Attempt.measure(samples, "Godwit → QEMU", row -> fromImage(samples, row, link));
  }

  private long rate() {
    return setup.memory() / SECONDS;
  }

  private void fromQemu(Samples samples, String row, Link link)
      throws IOException, InterruptedException {
    String uri = "tcp:127.0.0.1:" + PostcopyBenchmark.freePort();
    try (QemuSide destination = QemuSide.destination(setup, setup.memory(), uri, link);
        QemuSide source = QemuSide.source(setup, setup.memory())) {
      source.postcopy(uri, link);
      add(samples, row, destination);
    }
  }

  private void fromImage(Samples samples, String row, Link link)
      throws IOException, InterruptedException {
    Path image = shelf.fresh(setup.memory());
    String uri = "tcp:127.0.0.1:" + PostcopyBenchmark.freePort();
    try (QemuSide destination = QemuSide.destination(setup, setup.memory(), uri, link);
        GodwitCommand _ = GodwitCommand.sendLazy(image, uri, link)) {
      add(samples, row, destination);
    }
  }

  private static void add(Samples samples, String row, QemuSide destination)
      throws IOException, InterruptedException {
    Touches touches = Touches.of(destination.guest().notes());
    samples.add(row, "p50", touches.p50());
    samples.add(row, "p99", touches.p99());
    samples.add(row, "longest", touches.most());
    samples.add(row, "faults", touches.faults());
  }

  private void demo(String row, long rate) throws IOException, InterruptedException {
    try (GodwitCommand demo = GodwitDemo.start("", setup.memory(), rate)) {
      JsonNode figures = demo.answer().path("incoming").path("x-godwit-postcopy");
      GodwitDemo.add(inside, row, figures);
    }
  }

  @Override
  public void print(PrintStream out) {
    busy.print(out);
    separate.print(out);
    limited.print(out);
    inside.print(out);
  }
}
