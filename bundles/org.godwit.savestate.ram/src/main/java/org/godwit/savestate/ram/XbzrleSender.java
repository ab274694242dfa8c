package org.godwit.savestate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.godwit.api.savestate.XbzrleCounters;
import org.godwit.wire.ram.RamRecordWriter;
import org.godwit.wire.ram.Xbzrle;

/**
 * Sends pages as differences to what was sent last (precopy engine, section 5). The cache is direct
 * mapped by page; it holds what the receiver has, never what the guest has. Starts with the second
 * round. Belongs to the sending thread.
 */
final class XbzrleSender {
  private static final int FRESH_SYNCS = 2;
  private static final int PAGE = (int) RamState.PAGE;
  private static final int RECORD_EXTRA = 3;

  private final long cacheBytes;
  private final int slots;
  private final MemorySegment cache;
  private final long[] keys;
  private final long[] ages;
  private final MemorySegment now;
  private final MemorySegment encoded;
  private boolean active;
  private long age;
  private long bytes;
  private long pages;
  private long misses;
  private long overflows;
  private long lastMisses;
  private long lastPages;
  private long lastEncodedPages;
  private long lastBytes;
  private long encodedPages;
  private double missRate;
  private double encodingRate;

  /**
   * An empty cache.
   *
   * @param cacheBytes size, a power of two of at least a page
   * @param arena decides how long the memory lives
   */
  XbzrleSender(long cacheBytes, Arena arena) {
    this.cacheBytes = cacheBytes;
    this.slots = (int) Math.min(cacheBytes / PAGE, 1 << 28);
    this.cache = arena.allocate((long) slots * PAGE, PAGE);
    this.keys = new long[slots];
    this.ages = new long[slots];
    this.now = arena.allocate(PAGE, PAGE);
    this.encoded = arena.allocate(PAGE, Long.BYTES);
  }

  /** The first round is over. */
  void activate() {
    active = true;
  }

  boolean active() {
    return active;
  }

  /** A bitmap sync has ended: entries get older. */
  void synced() {
    age++;
  }

  /**
   * A period has ended, of a second at least: computes its rates. One without pages changes none.
   *
   * @param otherPages pages that were sent in it whole or as zeros
   */
  void evaluate(long otherPages) {
    long sent = otherPages + encodedPages - lastEncodedPages;
    if (sent == 0) {
      return;
    }
    missRate = (double) (misses - lastMisses) / sent;
    long coded = bytes - lastBytes;
    encodingRate = coded == 0 ? 0 : (double) (pages - lastPages) * PAGE / coded;
    lastMisses = misses;
    lastPages = pages;
    lastEncodedPages = encodedPages;
    lastBytes = bytes;
  }

  XbzrleCounters counters() {
    return new XbzrleCounters(cacheBytes, bytes, pages, misses, missRate, encodingRate, overflows);
  }

  /** A page went out as zeros: the next difference is one to zeros. */
  void zeroed(int block, long page) {
    if (!active) {
      return;
    }
    int slot = slot(block, page);
    if (keys[slot] == key(block, page)) {
      cache.asSlice((long) slot * PAGE, PAGE).fill((byte) 0);
      ages[slot] = age;
    }
  }

  /**
   * Sends a page that is not zero.
   *
   * @return 1 if it went out as a full page, else 0
   */
  int send(RamRecordWriter records, int block, long page, MemorySegment memory, long at)
      throws IOException {
    int slot = slot(block, page);
    long place = (long) slot * PAGE;
    if (keys[slot] != key(block, page)) {
      misses++;
      return miss(records, block, page, memory, at, slot);
    }
    pages++;
    ages[slot] = age;
    // the guest may write on: what is compared, cached and sent must be one and the same
    MemorySegment.copy(memory, at, now, 0, PAGE);
    int length = Xbzrle.encode(cache, place, now, 0, PAGE, encoded, 0, PAGE);
    MemorySegment.copy(now, 0, cache, place, PAGE);
    return hit(records, block, page, length);
  }

  private int hit(RamRecordWriter records, int block, long page, int length) throws IOException {
    if (length == Xbzrle.UNCHANGED) {
      return 0;
    }
    if (length == Xbzrle.OVERFLOW) {
      overflows++;
      bytes += PAGE;
      records.pageCopy(block, page * PAGE, now, 0);
      return 1;
    }
    records.xbzrle(block, page * PAGE, encoded, 0, length);
    bytes += length + RECORD_EXTRA;
    encodedPages++;
    return 0;
  }

  private int miss(
      RamRecordWriter records, int block, long page, MemorySegment memory, long at, int slot)
      throws IOException {
    boolean replace = keys[slot] == 0 || age - ages[slot] >= FRESH_SYNCS;
    if (!replace) {
      records.page(block, page * PAGE, memory, at);
      return 1;
    }
    keys[slot] = key(block, page);
    ages[slot] = age;
    MemorySegment.copy(memory, at, cache, (long) slot * PAGE, PAGE);
    records.pageCopy(block, page * PAGE, cache, (long) slot * PAGE);
    return 1;
  }

  private int slot(int block, long page) {
    return (int) ((page + (long) block * 31) & (slots - 1));
  }

  private static long key(int block, long page) {
    return ((long) (block + 1) << 40) | page;
  }
}
