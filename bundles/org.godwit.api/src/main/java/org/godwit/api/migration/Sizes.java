package org.godwit.api.migration;

import java.util.Locale;

/** Numbers of bytes as people write them. */
public final class Sizes {
  private static final String SUFFIXES = "KMGT";

  private Sizes() {}

  /**
   * Reads a whole number with an optional suffix k, M, G or T (powers of 1024; an {@code iB} or
   * {@code B} behind it is allowed).
   *
   * @param text for example {@code 512M}
   * @return the number
   * @throws IllegalArgumentException if it is no such number or greater than 2^63-1
   */
  public static long parse(String text) {
    String number = text.strip().toUpperCase(Locale.ROOT).replaceFirst("I?B$", "");
    int suffix = number.isEmpty() ? -1 : SUFFIXES.indexOf(number.charAt(number.length() - 1));
    String digits = suffix < 0 ? number : number.substring(0, number.length() - 1);
    try {
      return Math.multiplyExact(Long.parseLong(digits), 1L << (10 * (suffix + 1)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException("\"" + text + "\" is no size like 512M or 2G", e);
    }
  }
}
