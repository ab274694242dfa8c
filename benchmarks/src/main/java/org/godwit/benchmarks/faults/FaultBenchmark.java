package org.godwit.benchmarks.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.godwit.linux.NativeCode;

/**
 * Fault service: time from a guest thread's touch of a missing page until it goes on, with 1, 2 and
 * 8 threads, for a minimal handler in C and for Godwit's backend under every collector of this JDK,
 * idle and with garbage. Every combination is a process of its own; prints a table in Markdown.
 *
 * <p>Options: {@code --threads 1,2,8}, {@code --pages N} of a round (20000), {@code --rounds N}
 * (11, the first warms up), {@code --garbage N} MB/s (300), {@code --collectors
 * Serial,Parallel,G1,Z,Shenandoah}.
 */
public final class FaultBenchmark {
  private static final String STOPS = "safepoints.log";
  private static final Pattern TOTAL = Pattern.compile("Total: *([0-9]+) ns");

  private final List<String> threads;
  private final int pages;
  private final String rounds;
  private final String garbage;
  private final List<String> collectors;

  private FaultBenchmark(Map<String, String> options) {
    threads = List.of(options.getOrDefault("--threads", "1,2,8").split(","));
    pages = Integer.parseInt(options.getOrDefault("--pages", "20000"));
    rounds = options.getOrDefault("--rounds", "11");
    garbage = options.getOrDefault("--garbage", "300");
    collectors =
        List.of(options.getOrDefault("--collectors", "Serial,Parallel,G1,Z,Shenandoah").split(","));
  }

  /**
   * Runs the benchmark.
   *
   * @param args options
   */
  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    if (!NativeCode.x86()) {
      throw new IllegalStateException("The guest of this benchmark is code for x86-64");
    }
    new FaultBenchmark(options).run(System.out);
  }

  private void run(PrintStream out) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("godwit-faults");
    try {
      Optional<Path> handler = compile(directory);
      if (handler.isEmpty()) {
        out.println("There is no working gcc here: the handler in C is left out.");
      }
      for (String count : threads) {
        out.printf("%n### %s thread(s), microseconds%n%n", count);
        out.println(
            "| handler | p50 | p99 | p99.9 | maximum | faults/s | longest stop of the JVM |");
        out.println("|---|---|---|---|---|---|---|");
        String each = Integer.toString(pages / Integer.parseInt(count));
        if (handler.isPresent()) {
          print(out, directory, "C", List.of(handler.get().toString(), count, each, rounds));
        }
        for (String collector : collectors) {
          print(out, directory, collector + ", idle", java(directory, collector, count, each, "0"));
          print(
              out,
              directory,
              collector + ", " + garbage + " MB/s",
              java(directory, collector, count, each, garbage));
        }
      }
    } finally {
      try (var files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    }
  }

  private static Optional<Path> compile(Path directory) throws IOException, InterruptedException {
    Path source = directory.resolve("fault_handler.c");
    try (InputStream text =
        FaultBenchmark.class.getResourceAsStream("/org/godwit/benchmarks/fault_handler.c")) {
      Files.copy(java.util.Objects.requireNonNull(text), source);
    }
    Path program = directory.resolve("fault_handler");
    try {
      Process compiler =
          new ProcessBuilder("gcc", "-O2", "-pthread", "-o", program.toString(), source.toString())
              .inheritIO()
              .start();
      return compiler.waitFor() == 0 ? Optional.of(program) : Optional.empty();
    } catch (IOException noCompiler) {
      System.err.println(noCompiler.getMessage());
      return Optional.empty();
    }
  }

  private List<String> java(
      Path directory, String collector, String count, String each, String megabytes) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+Use" + collector + "GC", "-Xmx512m"));
    command.add("-Xlog:safepoint:file=" + directory.resolve(STOPS));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(FaultServer.class.getName(), count, each, rounds, megabytes));
    return command;
  }

  private static void print(PrintStream out, Path directory, String title, List<String> command)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
    String answer =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    boolean worked = process.waitFor() == 0 && !answer.isEmpty();
    Path stops = directory.resolve(STOPS);
    String stop = Files.exists(stops) ? "%.1f".formatted(longest(stops)) : "none";
    Files.deleteIfExists(stops);
    String row = worked ? Latencies.parse(answer).row(title) : "| " + title + " | failed | | | | |";
    out.println(row + " " + stop + " |");
  }

  /** The longest time, in microseconds, that all Java threads stood still. */
  private static double longest(Path stops) throws IOException {
    try (var lines = Files.lines(stops)) {
      return lines
          .map(TOTAL::matcher)
          .filter(Matcher::find)
          .mapToDouble(match -> Double.parseDouble(match.group(1)) / 1000)
          .max()
          .orElse(0);
    }
  }
}
