package org.godwit.shell.text;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows in aligned columns, two spaces apart. Under a title, a column whose cells all begin with a
 * digit, empty ones aside, is aligned to the right.
 */
public final class Table {
  private final List<String> head;
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with these column titles. */
  public Table(String... head) {
    this.head = List.of(head);
  }

  /** A table of names and values without titles. */
  public static Table plain() {
    return new Table();
  }

  /** Adds a row; empty cells are shown as {@code -}. */
  public Table row(Object... cells) {
    rows.add(Arrays.stream(cells).map(c -> c.toString().isEmpty() ? "-" : c.toString()).toList());
    return this;
  }

  /** Whether there is no row. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Prints titles and rows. */
  public void print(PrintStream out) {
    lines().forEach(out::println);
  }

  /** The lines of the table, without trailing blanks. */
  public List<String> lines() {
    int columns = rows.stream().mapToInt(List::size).reduce(head.size(), Math::max);
    List<List<String>> all = new ArrayList<>(rows);
    if (!head.isEmpty()) {
      all.addFirst(head);
    }
    int[] widths = new int[columns];
    boolean[] numeric = new boolean[columns];
    for (int column = 0; column < columns; column++) {
      int c = column;
      widths[c] = all.stream().mapToInt(row -> cell(row, c).length()).max().orElse(0);
      numeric[c] = isNumeric(c);
    }
    return all.stream().map(row -> line(row, widths, numeric)).toList();
  }

  private static String line(List<String> row, int[] widths, boolean[] numeric) {
    StringBuilder line = new StringBuilder();
    for (int c = 0; c < widths.length; c++) {
      String cell = cell(row, c);
      String padding = " ".repeat(widths[c] - cell.length());
      line.append(c == 0 ? "" : "  ").append(numeric[c] ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }

  private static String cell(List<String> row, int column) {
    return column < row.size() ? row.get(column) : "";
  }

  private boolean isNumeric(int column) {
    List<String> cells =
        rows.stream().map(row -> cell(row, column)).filter(cell -> !cell.equals("-")).toList();
    return !head.isEmpty() && !cells.isEmpty() && cells.stream().allMatch(Table::isNumber);
  }

  private static boolean isNumber(String cell) {
    return !cell.isEmpty() && Character.isDigit(cell.charAt(0));
  }
}
