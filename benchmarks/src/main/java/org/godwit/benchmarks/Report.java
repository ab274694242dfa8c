package org.godwit.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A table of medians in Markdown. */
final class Report {
  private final Content content;
  private final long memory;
  private final Map<Pair, List<Figures>> results;

  Report(Content content, long memory, Map<Pair, List<Figures>> results) {
    this.content = content;
    this.memory = memory;
    this.results = results;
  }

  void print(PrintStream out) {
    out.printf("%n### %s RAM, guest of %d MiB%n%n", content, memory >> 20);
    out.println(
        "| pair | time ms (least–most) | GiB/s of guest | ratio | CPU s source | CPU s destination |"
            + " peak MiB source | peak MiB destination |");
    out.println("|---|---|---|---|---|---|---|---|");
    double reference = median(Pair.QEMU_QEMU, Figures::milliseconds);
    for (Pair pair : results.keySet()) {
      row(out, pair, reference);
    }
  }

  private void row(PrintStream out, Pair pair, double reference) {
    double[] times = sorted(pair, Figures::milliseconds);
    double time = median(pair, Figures::milliseconds);
    out.printf(
        "| %s | %.0f (%.0f–%.0f) | %.2f | %.2f | %.2f | %.2f | %.0f | %.0f |%n",
        pair.title(),
        time,
        times[0],
        times[times.length - 1],
        median(pair, f -> f.gibibytesPerSecond(memory)),
        reference / time,
        median(pair, f -> f.source().cpuSeconds()),
        median(pair, f -> f.destination().cpuSeconds()),
        median(pair, f -> f.source().peakMebibytes()),
        median(pair, f -> f.destination().peakMebibytes()));
  }

  private double median(Pair pair, ToDoubleFunction<Figures> figure) {
    double[] values = sorted(pair, figure);
    return median(values);
  }

  /** Of ordered values. */
  static double median(double[] values) {
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }

  private double[] sorted(Pair pair, ToDoubleFunction<Figures> figure) {
    return results.getOrDefault(pair, List.of()).stream().mapToDouble(figure).sorted().toArray();
  }
}
