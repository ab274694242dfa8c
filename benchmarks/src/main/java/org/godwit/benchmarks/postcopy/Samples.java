package org.godwit.benchmarks.postcopy;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Figures by row and column. Printed are medians of all rounds, with the ratio to the first row in
 * brackets. Used by one thread.
 */
final class Samples {
  private static final double GREAT = 100;

  private final String title;
  private final Map<String, Map<String, List<Double>>> rows = new LinkedHashMap<>();
  private final Set<String> columns = new LinkedHashSet<>();

  Samples(String title) {
    this.title = title;
  }

  void add(String row, String column, double value) {
    columns.add(column);
    rows.computeIfAbsent(row, _ -> new LinkedHashMap<>())
        .computeIfAbsent(column, _ -> new ArrayList<>())
        .add(value);
  }

  /** A row that could not be measured is told, and does not end the others. */
  void failed(String row, Exception e) {
    System.err.printf("%s, %s: %s%n", title, row, e);
    add(row, "failures", 1);
  }

  /** What was added last, by column. */
  String latest(String row) {
    Map<String, Double> last = new LinkedHashMap<>();
    rows.getOrDefault(row, Map.of())
        .forEach((column, values) -> last.put(column, values.getLast()));
    return last.toString();
  }

  void print(PrintStream out) {
    out.printf("%n### %s%n%n", title);
    out.println("| |" + cells(columns));
    out.println("|---|" + cells(columns.stream().map(_ -> "---").toList()));
    for (String row : rows.keySet()) {
      out.println("| " + row + " |" + cells(columns.stream().map(c -> cell(row, c)).toList()));
    }
  }

  private static String cells(Collection<String> texts) {
    StringBuilder line = new StringBuilder();
    texts.forEach(text -> line.append(' ').append(text).append(" |"));
    return line.toString();
  }

  private String cell(String row, String column) {
    double value = median(row, column);
    double reference = median(rows.keySet().iterator().next(), column);
    if (Double.isNaN(value)) {
      return "";
    }
    String text = String.format(Locale.ROOT, value < GREAT ? "%.1f" : "%.0f", value);
    boolean comparable = reference > 0 && !column.equals("failures");
    return comparable ? text + String.format(Locale.ROOT, " (%.2f)", value / reference) : text;
  }

  private double median(String row, String column) {
    double[] values =
        rows.getOrDefault(row, Map.of()).getOrDefault(column, List.of()).stream()
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    int middle = values.length / 2;
    return values.length == 0
        ? Double.NaN
        : values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }
}
