package org.godwit.benchmarks.postcopy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.godwit.benchmarks.Checkout;

/** A `godwit` command with {@code --json} in a process of its own. */
final class GodwitCommand implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path out;
  private final Process process;
  private final long begun;

  private GodwitCommand(Path out, Process process, long begun) {
    this.out = out;
    this.process = process;
    this.begun = begun;
  }

  static GodwitCommand start(String... words) throws IOException {
    return startWith("", words);
  }

  /** With options for the JVM behind those of the script. */
  static GodwitCommand startWith(String options, String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of(Checkout.root().resolve("godwit").toString()));
    command.addAll(List.of(words));
    command.add("--json");
    Path out = Files.createTempFile("godwit-benchmark", ".json");
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile());
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("GODWIT_JAVA_OPTS", options);
    long begun = System.nanoTime();
    return new GodwitCommand(out, builder.start(), begun);
  }

  /** {@code receive}, when it listens. */
  static GodwitCommand receive(Path image, int port, String... more)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("receive", "tcp:127.0.0.1:" + port));
    words.addAll(List.of("--image", image.toString()));
    words.addAll(List.of(more));
    GodwitCommand command = start(words.toArray(String[]::new));
    command.awaitListening(port);
    return command;
  }

  /** {@code send --lazy}. */
  static GodwitCommand sendLazy(Path image, String uri, Link link) throws IOException {
    String limit = "max-postcopy-bandwidth=" + link.rate();
    List<String> words = new ArrayList<>(List.of("send", image.toString(), uri, "--lazy"));
    words.addAll(List.of("--parameter", limit));
    if (link.preempt()) {
      words.addAll(List.of("--capability", "postcopy-preempt"));
    }
    return start(words.toArray(String[]::new));
  }

  /** When the process was started. */
  long begun() {
    return begun;
  }

  /** Waits for the end; what the command printed. */
  JsonNode answer() throws IOException, InterruptedException {
    boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    String said = Files.readString(out);
    if (!ended || process.exitValue() != 0) {
      throw new IOException("godwit did not do it: " + said);
    }
    return JSON.readTree(said);
  }

  /** A test connection would be taken as a peer: the kernel's table tells who listens. */
  private void awaitListening(int port) throws IOException, InterruptedException {
    String wanted = ":%04X 00000000:0000 0A".formatted(port);
    while (!Files.readString(Path.of("/proc/net/tcp")).contains(wanted)) {
      if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
        throw new IOException("godwit receive ended before it listened");
      }
    }
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
    Files.deleteIfExists(out);
  }
}
