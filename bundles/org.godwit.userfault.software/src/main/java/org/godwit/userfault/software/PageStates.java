package org.godwit.userfault.software;

/**
 * The state of every page in two bitmaps: bit 0 is set for {@link PageState#REQUESTED}, bit 1 for
 * {@link PageState#RECEIVED}, neither for {@link PageState#MISSING}.
 *
 * <p>The page map of the first design of postcopy (2015). There, faults and arrivals raced against
 * the kernel, and threads repeated a compare-and-set until the state that they acted on was the one
 * that they replaced. Here whoever waits holds the same lock as whoever marks a page as received,
 * and no such race is left. Not thread-safe: under the lock of {@link SoftwareRegion}.
 */
final class PageStates {
  private final long[] requested;
  private final long[] received;

  /** All pages are here. */
  PageStates(long pages) {
    int words = Math.toIntExact((pages + Long.SIZE - 1) / Long.SIZE);
    requested = new long[words];
    received = new long[words];
    java.util.Arrays.fill(received, -1L);
  }

  PageState get(long page) {
    if (bit(received, page)) {
      return PageState.RECEIVED;
    }
    return bit(requested, page) ? PageState.REQUESTED : PageState.MISSING;
  }

  /**
   * Compare-and-set; only a discard leads back to {@link PageState#MISSING}.
   *
   * @return the state before; the change was made if it is {@code expected}
   */
  PageState change(long page, PageState expected, PageState next) {
    PageState before = get(page);
    if (before == expected) {
      set(requested, page, next == PageState.REQUESTED);
      set(received, page, next == PageState.RECEIVED);
    }
    return before;
  }

  private static boolean bit(long[] words, long page) {
    return (words[(int) (page >>> 6)] & 1L << page) != 0;
  }

  private static void set(long[] words, long page, boolean value) {
    int word = (int) (page >>> 6);
    words[word] = value ? words[word] | 1L << page : words[word] & ~(1L << page);
  }
}
