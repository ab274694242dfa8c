package org.godwit.benchmarks;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Whole migrations over loopback TCP: every pair of QEMU and Godwit, with incompressible and with
 * zero RAM, in alternating rounds, medians and ratios to QEMU → QEMU of the same run.
 *
 * <p>Options: {@code --rounds N} (5), {@code --scratch DIR} (a memory file system, so that no disk
 * is measured), {@code --qemu PROGRAM}, {@code --memory MIB} (3072) of the guests whose memory is
 * measured, {@code --live-memory MIB} (1024) of those that run, {@code --parts} (random,zero,live).
 * The defaults take some ten minutes.
 */
public final class MigrationBenchmark {
  private final Path scratch;
  private final Path qemu;
  private final int rounds;
  private final Set<String> parts;
  private final long memory;
  private final long liveMemory;
  private final Map<String, NodeEnd> nodes = new HashMap<>();

  private MigrationBenchmark(Map<String, String> options) {
    scratch = Path.of(options.getOrDefault("--scratch", "/dev/shm/godwit-benchmark"));
    qemu = Path.of(options.getOrDefault("--qemu", "qemu-system-x86_64"));
    rounds = Integer.parseInt(options.getOrDefault("--rounds", "5"));
    parts =
        Set.of(
            options
                .getOrDefault("--parts", "RANDOM,ZERO,LIVE")
                .toUpperCase(Locale.ROOT)
                .split(","));
    memory = Long.parseLong(options.getOrDefault("--memory", "3072")) << 20;
    liveMemory = Long.parseLong(options.getOrDefault("--live-memory", "1024")) << 20;
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
    try {
      for (Content content : Content.values()) {
        if (parts.contains(content.name())) {
          images(content);
        }
      }
    } finally {
      nodes.values().forEach(NodeEnd::end);
      deleteTree(scratch);
    }
    if (parts.contains("LIVE")) {
      live();
    }
  }

  private void live() throws IOException, InterruptedException {
    LiveGuests live = new LiveGuests(qemu, liveMemory);
    for (int round = 1; round <= rounds; round++) {
      live.round("tcp:127.0.0.1:" + freePort());
    }
    live.print(System.out);
  }

  private void images(Content content) throws IOException, InterruptedException {
    // an image to send, and containers that did all of it once
    Figures _ = once(Pair.QEMU_GODWIT, content);
    Figures _ = once(Pair.NODE_NODE, content);
    Map<Pair, List<Figures>> results = new EnumMap<>(Pair.class);
    for (int round = 1; round <= rounds; round++) {
      for (Pair pair : order(round)) {
        Figures figures = once(pair, content);
        System.err.printf(
            "%s, %s, round %d: %.0f ms%n", content, pair.title(), round, figures.milliseconds());
        results.computeIfAbsent(pair, _ -> new ArrayList<>()).add(figures);
      }
    }
    new Report(content, memory, results).print(System.out);
  }

  /** Each round begins with another pair, so that none always follows the same one. */
  private static List<Pair> order(int round) {
    List<Pair> order = new ArrayList<>(List.of(Pair.values()));
    Collections.rotate(order, 1 - round);
    return order;
  }

  private Figures once(Pair pair, Content content) throws IOException, InterruptedException {
    Path seed = scratch.resolve("seed-" + content);
    Path target = pair == Pair.QEMU_GODWIT ? seed : scratch.resolve("arrived");
    if (pair.destination() != Pair.Kind.QEMU) {
      deleteTree(target);
    }
    String uri = "tcp:127.0.0.1:" + freePort();
    try (End.Destination destination = destination(pair.destination(), target, uri);
        End.Source source = source(pair.source(), content, seed)) {
      End.Sent sent = source.migrate(uri);
      destination.awaitArrival();
      return new Figures(sent.milliseconds(), sent.bytes(), source.cost(), destination.cost());
    }
  }

  private End.Source source(Pair.Kind kind, Content content, Path image) throws IOException {
    return switch (kind) {
      case QEMU -> QemuEnd.source(qemu, memory, content.arguments(scratch, memory));
      case COMMAND -> GodwitEnd.source(image);
      case NODE -> node("source").sending(image);
    };
  }

  private End.Destination destination(Pair.Kind kind, Path image, String uri)
      throws IOException, InterruptedException {
    return switch (kind) {
      case QEMU -> QemuEnd.destination(qemu, memory, uri);
      case COMMAND -> GodwitEnd.destination(image, uri);
      case NODE -> node("destination").receiving(image, uri);
    };
  }

  private NodeEnd node(String role) {
    return nodes.computeIfAbsent(role, _ -> new NodeEnd());
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
