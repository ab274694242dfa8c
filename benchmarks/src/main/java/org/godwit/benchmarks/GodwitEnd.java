package org.godwit.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A `godwit send` or `godwit receive` of an image in its own process. */
final class GodwitEnd implements End.Source, End.Destination {
  private static final long PATIENCE_SECONDS = 120;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path image;
  private final Path report;
  private @Nullable Process process;
  private double cpuBefore;
  private Figures.Side last = new Figures.Side(0, 0);

  private GodwitEnd(Path image) throws IOException {
    this.image = image;
    this.report = Files.createTempFile("godwit-benchmark", ".json");
  }

  static GodwitEnd source(Path image) throws IOException {
    return new GodwitEnd(image);
  }

  static GodwitEnd destination(Path image, String uri) throws IOException, InterruptedException {
    GodwitEnd end = new GodwitEnd(image);
    end.start("receive", uri, "--image", image.toString(), "--json");
    Listening.await(uri, end.running());
    end.cpuBefore = end.meter().cpuSeconds();
    return end;
  }

  @Override
  public Sent migrate(String uri) throws IOException, InterruptedException {
    start("send", image.toString(), uri, "--parameter", "max-bandwidth=0", "--json");
    awaitArrival();
    JsonNode said = JSON.readTree(report.toFile());
    return new Sent(
        said.path("total-time").asDouble(), said.path("ram").path("transferred").asLong());
  }

  @Override
  public void awaitArrival() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (running().isAlive() && System.nanoTime() < end) {
      measure();
      running().waitFor(5, TimeUnit.MILLISECONDS);
    }
    if (running().isAlive() || running().exitValue() != 0) {
      throw new IOException("godwit did not finish: " + Files.readString(report));
    }
  }

  /** The last reading before the process ended; its clock ticks are 10 ms. */
  private void measure() {
    try {
      ProcessMeter meter = meter();
      long peak = Math.max(last.peakMebibytes(), meter.peakMebibytes()); // 0 once it has exited
      last = new Figures.Side(meter.cpuSeconds() - cpuBefore, peak);
    } catch (IOException e) {
      // The process ended between the look and the reading: the previous reading stands.
      return;
    }
  }

  @Override
  public Figures.Side cost() {
    return last;
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
    report.toFile().deleteOnExit();
  }

  private void start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Checkout.root().resolve("godwit").toString()));
    command.addAll(List.of(arguments));
    process =
        new ProcessBuilder(command)
            .redirectOutput(report.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("godwit was not started");
    }
    return process;
  }

  /** The start script execs java, so the process is the JVM. */
  private ProcessMeter meter() {
    return new ProcessMeter(running().pid());
  }
}
