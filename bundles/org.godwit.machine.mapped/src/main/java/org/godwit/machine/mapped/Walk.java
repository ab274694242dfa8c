package org.godwit.machine.mapped;

import java.math.BigInteger;

/**
 * The order in which a round visits the pages 0 to {@code pages - 1}, each exactly once: from a
 * begin on, always {@code stride} further, modulo the number of pages.
 *
 * @param pages how many, at least 1
 * @param stride 1 to {@code pages}, without a common factor with it
 * @param inverse the stride's inverse modulo {@code pages}
 */
public record Walk(long pages, long stride, long inverse) {

  /**
   * One page after the other.
   *
   * @param pages how many
   * @return the walk
   */
  public static Walk sweep(long pages) {
    return new Walk(pages, 1, 1);
  }

  /**
   * Far apart: the stride is near the golden ratio.
   *
   * @param pages how many
   * @return the walk
   */
  public static Walk scattered(long pages) {
    BigInteger modulus = BigInteger.valueOf(pages);
    long stride = Math.max(1, (long) (pages * 0.618));
    while (!BigInteger.valueOf(stride).gcd(modulus).equals(BigInteger.ONE)) {
      stride++;
    }
    BigInteger inverse =
        pages == 1 ? BigInteger.ONE : BigInteger.valueOf(stride).modInverse(modulus);
    return new Walk(pages, stride, inverse.longValueExact());
  }

  /**
   * When a round visits a page.
   *
   * @param page which page
   * @param begin the round's first page
   * @return 0 for the first visit, up to {@code pages - 1}
   */
  public long turn(long page, long begin) {
    long distance = Math.floorMod(page - begin, pages);
    return Math.floorMod(multiply(distance, inverse), pages);
  }

  /** Exact as long as there are less than 2^31 pages (8 TiB). */
  private static long multiply(long a, long b) {
    return Math.multiplyExact(a, b);
  }
}
