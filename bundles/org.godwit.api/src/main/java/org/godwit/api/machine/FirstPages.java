package org.godwit.api.machine;

import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Remembers over many restores which pages a guest asks for first, so that they can be sent before
 * it asks. Implemented beside {@link Machine} by machines that are sent again and again, such as
 * images. Thread-safe; restores that run at once do not disturb each other.
 */
@ConsumerType
public interface FirstPages {

  /**
   * What one restore showed.
   *
   * @param prefetched pages that were sent before the guest started, because they were known
   * @param requests pages that the destination asked for in the first seconds
   * @param requested those pages by block name; bit i stands for target page i
   */
  record Restore(long prefetched, long requests, Map<String, BitSet> requested) {
    /** Copies the map, not the sets. */
    public Restore {
      requested = Map.copyOf(requested);
    }
  }

  /**
   * What is known after a restore.
   *
   * @param restores how many restores were learned from, this one included
   * @param prefetched as in {@link Restore}
   * @param requests as in {@link Restore}
   * @param firstRequests requests of the last restore for which nothing was known
   * @param obstacle why this restore could not be recorded; empty if it was
   */
  record Lesson(
      long restores,
      long prefetched,
      long requests,
      long firstRequests,
      Optional<String> obstacle) {
    /**
     * Requests that knowing the pages has saved, as far as can be told: the guest need not do the
     * same each time.
     *
     * @return count, 0 as long as nothing was known
     */
    public long saved() {
      return Math.max(0, firstRequests - requests);
    }
  }

  /**
   * Pages known from earlier restores.
   *
   * @return by block name, bit i for target page i; empty if nothing is known
   */
  Map<String, BitSet> known();

  /**
   * Learns from a restore. What cannot be kept is told by {@link #lesson()} and harms nobody.
   *
   * @param restore what it showed
   */
  void learn(Restore restore);

  /**
   * The last lesson of this object.
   *
   * @return empty before {@link #learn}
   */
  Optional<Lesson> lesson();
}
