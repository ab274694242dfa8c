package org.godwit.api.savestate;

import java.util.Optional;

/**
 * Counters of RAM pages of one migration (precopy engine, section 3).
 *
 * <p>One thread counts; any thread may read a recent value.
 */
public final class RamCounters {
  // volatile: written by the migration's own threads, read by whoever asks for statistics
  private volatile long normal;
  private volatile long duplicate;
  private volatile long remainingPages;
  private volatile long dirtySyncs;
  private volatile long dirtyPagesPerSecond;
  private volatile long totalBytes;
  private volatile long requestedPages;
  private volatile long backgroundPages;
  private volatile long releasedBytes;
  // volatile for the same reason; a fresh record at each change
  private volatile Optional<XbzrleCounters> xbzrleCounters = Optional.empty();

  /** Creates counters at zero. */
  public RamCounters() {}

  /**
   * Adds transferred pages.
   *
   * @param normalPages full pages
   * @param zeroPages zero pages
   */
  public synchronized void add(long normalPages, long zeroPages) {
    normal += normalPages;
    duplicate += zeroPages;
  }

  /**
   * Adds pages that moved in postcopy; they are among those of {@link #add} too.
   *
   * @param requested pages that the destination asked for
   * @param background all others
   */
  public synchronized void addPostcopy(long requested, long background) {
    requestedPages += requested;
    backgroundPages += background;
  }

  /**
   * Pages moved in postcopy because the destination asked for them.
   *
   * @return count
   */
  public long requestedPages() {
    return requestedPages;
  }

  /**
   * Pages moved in postcopy without having been asked for.
   *
   * @return count
   */
  public long backgroundPages() {
    return backgroundPages;
  }

  /**
   * Adds guest memory that the source gave back to its host.
   *
   * @param bytes length of the pages
   */
  public synchronized void addReleased(long bytes) {
    releasedBytes += bytes;
  }

  /**
   * Guest memory that the source gave back to its host.
   *
   * @return bytes
   */
  public long releasedBytes() {
    return releasedBytes;
  }

  /**
   * Sets what is left.
   *
   * @param pages dirty pages
   */
  public void remaining(long pages) {
    remainingPages = pages;
  }

  /**
   * Counts a bitmap sync.
   *
   * @return number of syncs so far, from 1
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // single writer
  public long synced() {
    return ++dirtySyncs;
  }

  /**
   * Sets the dirty rate.
   *
   * @param pagesPerSecond newly dirty pages per second
   */
  public void dirtyRate(long pagesPerSecond) {
    dirtyPagesPerSecond = pagesPerSecond;
  }

  /**
   * Sets the size of all blocks.
   *
   * @param bytes sum of the used lengths
   */
  public void total(long bytes) {
    totalBytes = bytes;
  }

  /**
   * Sets the counters of delta encoding.
   *
   * @param counters current values
   */
  public void xbzrle(XbzrleCounters counters) {
    xbzrleCounters = Optional.of(counters);
  }

  /**
   * Size of all blocks.
   *
   * @return bytes, 0 if not known yet
   */
  public long total() {
    return totalBytes;
  }

  /**
   * Counters of delta encoding.
   *
   * @return empty if the capability is off
   */
  public Optional<XbzrleCounters> xbzrle() {
    return xbzrleCounters;
  }

  /**
   * Full pages.
   *
   * @return count
   */
  public long normal() {
    return normal;
  }

  /**
   * Zero pages.
   *
   * @return count
   */
  public long duplicate() {
    return duplicate;
  }

  /**
   * Dirty pages left.
   *
   * @return count
   */
  public long remaining() {
    return remainingPages;
  }

  /**
   * Bitmap syncs.
   *
   * @return count
   */
  public long dirtySyncCount() {
    return dirtySyncs;
  }

  /**
   * Newly dirty pages per second.
   *
   * @return rate, 0 if not known yet
   */
  public long dirtyPagesRate() {
    return dirtyPagesPerSecond;
  }
}
