package org.godwit.inspect;

import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns, two blanks apart, under one title line. */
final class TextTable {

  private final List<String[]> rows = new ArrayList<>();

  TextTable(String... titles) {
    rows.add(titles);
  }

  TextTable row(Object... cells) {
    String[] row = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      row[i] = String.valueOf(cells[i]);
    }
    rows.add(row);
    return this;
  }

  boolean isEmpty() {
    return rows.size() == 1;
  }

  void print(StringBuilder out) {
    int columns = rows.getFirst().length;
    int[] widths = new int[columns];
    boolean[] numbers = new boolean[columns];
    for (int i = 0; i < columns; i++) {
      numbers[i] = i > 0;
      for (String[] row : rows) {
        widths[i] = Math.max(widths[i], row[i].length());
        numbers[i] &= row == rows.getFirst() || numeric(row[i]);
      }
    }
    for (String[] row : rows) {
      out.append(line(row, widths, numbers)).append('\n');
    }
  }

  private static String line(String[] row, int[] widths, boolean[] numbers) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.length; i++) {
      String pad = " ".repeat(widths[i] - row[i].length());
      line.append("  ").append(numbers[i] ? pad + row[i] : row[i] + pad);
    }
    return line.toString().stripTrailing();
  }

  private static boolean numeric(String cell) {
    return cell.chars().allMatch(Character::isDigit);
  }
}
