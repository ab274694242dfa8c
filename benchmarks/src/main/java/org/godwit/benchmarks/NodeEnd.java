package org.godwit.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A container that lives on from migration to migration ({@code godwit serve}: commands in, one
 * line of JSON for each out). {@link #close()} leaves it running; {@link #end()} ends it.
 */
final class NodeEnd implements End.Source, End.Destination {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;
  private final ProcessMeter meter;
  private Path image = Path.of("");
  private double cpuBefore;

  /** Starts a container. */
  NodeEnd() {
    try {
      process =
          new ProcessBuilder(Checkout.root().resolve("godwit").toString(), "serve")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    commands = process.outputWriter();
    answers = process.inputReader();
    meter = new ProcessMeter(process.pid());
  }

  /** The next migration sends this image. */
  NodeEnd sending(Path from) {
    image = from;
    return this;
  }

  /** Begins to receive an image. */
  NodeEnd receiving(Path into, String uri) throws IOException, InterruptedException {
    image = into;
    ask("receive", uri, "--image", into.toString(), "--json");
    Listening.await(uri, process);
    cpuBefore = meter.cpuSeconds();
    return this;
  }

  @Override
  public Sent migrate(String uri) throws IOException {
    cpuBefore = meter.cpuSeconds();
    ask("send", image.toString(), uri, "--parameter", "max-bandwidth=0", "--json");
    JsonNode said = JSON.readTree(answer());
    return new Sent(
        said.path("total-time").asDouble(), said.path("ram").path("transferred").asLong());
  }

  /** Waits for the digests too: they belong to the cost, and not to the next migration. */
  @Override
  public void awaitArrival() throws IOException, InterruptedException {
    String _ = answer();
    while (!Files.exists(image.resolve("SHA256SUMS")) && process.isAlive()) {
      Thread.sleep(5);
    }
  }

  private void ask(String command, String... words) throws IOException {
    String line = Arrays.stream(words).map(w -> " '" + w + "'").collect(Collectors.joining());
    commands.write(command + line + "\n");
    commands.flush();
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    JsonNode said = JSON.readTree(line == null ? "{}" : line);
    if (said.path("status").asInt(1) != 0) {
      throw new IOException("godwit serve: " + said.path("err").asText("it has ended"));
    }
    return said.path("out").asText();
  }

  @Override
  public Figures.Side cost() throws IOException {
    return new Figures.Side(meter.cpuSeconds() - cpuBefore, meter.peakMebibytes());
  }

  @Override
  public void close() {
    // lives on; the next migration finds it warm
  }

  /** Ends the container. */
  void end() {
    process.destroy();
  }
}
