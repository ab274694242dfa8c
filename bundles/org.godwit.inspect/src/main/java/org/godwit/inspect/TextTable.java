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
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder("  ");
      for (int i = 0; i < row.length; i++) {
        boolean number = !row[i].isEmpty() && Character.isDigit(row[i].charAt(0)) && i > 0;
        String pad = " ".repeat(widths[i] - row[i].length());
        line.append(number && numeric(row[i]) ? pad + row[i] : row[i] + pad).append("  ");
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }

  private static boolean numeric(String cell) {
    return cell.chars().allMatch(c -> Character.isDigit(c) || c == '.' || c == ' ');
  }
}
