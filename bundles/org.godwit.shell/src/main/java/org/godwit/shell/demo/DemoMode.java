package org.godwit.shell.demo;

import java.util.List;

/**
 * When the guest goes, and whether the link is cut.
 *
 * @param name {@code precopy}, {@code postcopy} or {@code hybrid}
 * @param cut part of the memory that comes after the switchover at which the link is cut, in
 *     percent; 0 for never
 */
record DemoMode(String name, int cut) {
  private static final List<String> NAMES = List.of("precopy", "postcopy", "hybrid");
  private static final int MOST = 99;

  /**
   * Understands the words of a user.
   *
   * @param name name of the mode
   * @param cut percentage with or without its sign; empty for none
   * @throws IllegalArgumentException if they make no sense
   */
  static DemoMode parse(String name, String cut) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "There is no mode \"" + name + "\"; there are: " + String.join(", ", NAMES));
    }
    int percent = cut.isEmpty() ? 0 : percent(cut);
    if (percent > 0 && name.equals("precopy")) {
      throw new IllegalArgumentException(
          "Only a link of mode postcopy or hybrid can be cut and recovered");
    }
    return new DemoMode(name, percent);
  }

  private static int percent(String text) {
    String digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
    if (!digits.matches("[0-9]{1,2}") || Integer.parseInt(digits) < 1) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no percentage from 1% to " + MOST + "%");
    }
    return Integer.parseInt(digits);
  }

  /** Whether the guest goes before all of its memory. */
  boolean postcopy() {
    return !name.equals("precopy");
  }

  /** Whether the first pass is waited for. */
  boolean hybrid() {
    return name.equals("hybrid");
  }
}
