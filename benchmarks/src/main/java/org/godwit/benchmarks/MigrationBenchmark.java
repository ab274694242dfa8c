package org.godwit.benchmarks;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whole migrations over loopback TCP: every pair of QEMU and Godwit, with incompressible and with
 * zero RAM, in alternating rounds, medians and ratios to QEMU → QEMU of the same run.
 *
 * <p>Options: {@code --rounds N} (5), {@code --scratch DIR} (a memory file system, so that no disk
 * is measured), {@code --qemu PROGRAM}.
 */
public final class MigrationBenchmark {
  private final Path scratch;
  private final Path qemu;
  private final int rounds;

  private MigrationBenchmark(Map<String, String> options) {
    scratch = Path.of(options.getOrDefault("--scratch", "/dev/shm/godwit-benchmark"));
    qemu = Path.of(options.getOrDefault("--qemu", "qemu-system-x86_64"));
    rounds = Integer.parseInt(options.getOrDefault("--rounds", "5"));
  }

  /**
   * Runs the benchmark and prints a table in Markdown.
   *
   * @param args options
   */
  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    new MigrationBenchmark(options).run();
  }

  private void run() throws IOException, InterruptedException {
    Files.createDirectories(scratch);
    for (Content content : Content.values()) {
      Map<Pair, List<Figures>> results = new EnumMap<>(Pair.class);
      for (int round = 1; round <= rounds; round++) {
        for (Pair pair : Pair.values()) {
          Figures figures = once(pair, content);
          System.err.printf(
              "%s, %s, round %d: %.0f ms%n", content, pair.title(), round, figures.milliseconds());
          results.computeIfAbsent(pair, _ -> new ArrayList<>()).add(figures);
        }
      }
      new Report(content, results).print(System.out);
    }
    deleteTree(scratch);
  }

  private Figures once(Pair pair, Content content) throws IOException, InterruptedException {
    Path seed = scratch.resolve("seed-" + content);
    Path target = pair == Pair.QEMU_GODWIT ? seed : scratch.resolve("arrived");
    if (!pair.toQemu()) {
      deleteTree(target);
    }
    String uri = "tcp:127.0.0.1:" + freePort();
    try (End.Destination destination = destination(pair, target, uri);
        End.Source source = source(pair, content, seed)) {
      End.Sent sent = source.migrate(uri);
      destination.awaitArrival();
      return new Figures(sent.milliseconds(), sent.bytes(), source.cost(), destination.cost());
    }
  }

  private End.Source source(Pair pair, Content content, Path image) throws IOException {
    return pair.fromQemu()
        ? QemuEnd.source(qemu, content.arguments(scratch))
        : GodwitEnd.source(image);
  }

  private End.Destination destination(Pair pair, Path image, String uri)
      throws IOException, InterruptedException {
    return pair.toQemu() ? QemuEnd.destination(qemu, uri) : GodwitEnd.destination(image, uri);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void deleteTree(Path top) throws IOException {
    if (!Files.exists(top)) {
      return;
    }
    try (var paths = Files.walk(top)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
