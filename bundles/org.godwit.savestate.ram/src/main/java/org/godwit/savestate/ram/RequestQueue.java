package org.godwit.savestate.ram;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Host pages that the destination asked for, first come, first served. Each page is taken once for
 * a connection, so what it needs is bounded by the guest's size; behind {@link #MOST} waiting pages
 * more are left to the background scan, which comes to them too. Thread-safe.
 */
final class RequestQueue {
  /** Pages that wait at most: 8 MiB. */
  static final int MOST = 1 << 20;

  private static final int PAGE_BITS = 44;
  private static final int FIRST_CAPACITY = 64;

  // all guarded by this
  private final List<DirtyBitmap> unasked = new ArrayList<>();
  private long[] ring = new long[FIRST_CAPACITY];
  private int head;
  private int size;
  // volatile: changed under the lock, looked at by the sending thread before each page
  private volatile boolean waiting;

  /**
   * Nothing was asked for.
   *
   * @param pages host pages of each block
   * @param arena decides how long its memory lives
   */
  RequestQueue(List<Long> pages, Arena arena) {
    for (long count : pages) {
      unasked.add(new DirtyBitmap(count, arena));
    }
    forget();
  }

  /** Forgets everything: pages may be asked for again. */
  synchronized void forget() {
    unasked.forEach(DirtyBitmap::setAll);
    head = 0;
    size = 0;
    waiting = false;
  }

  /** Whether there is a page to {@link #poll()}. */
  boolean waiting() {
    return waiting;
  }

  /**
   * Asks for pages in ascending order.
   *
   * @param block index of the block
   * @param first first host page, inside the block
   * @param count number of host pages, inside the block
   */
  synchronized void ask(int block, long first, long count) {
    DirtyBitmap fresh = unasked.get(block);
    long end = first + count;
    long page = fresh.next(first);
    while (page >= 0 && page < end && size < MOST) {
      boolean _ = fresh.clear(page);
      add(((long) block << PAGE_BITS) | page);
      page = fresh.next(page + 1);
    }
  }

  private void add(long entry) {
    if (size == ring.length) {
      grow();
    }
    ring[(head + size) & (ring.length - 1)] = entry;
    size++;
    waiting = true;
  }

  private void grow() {
    long[] larger = Arrays.copyOf(ring, ring.length * 2);
    // what had wrapped around goes behind the rest
    System.arraycopy(ring, 0, larger, ring.length, head);
    ring = larger;
  }

  /** The host page asked for first, for {@link #block} and {@link #page}; -1 if there is none. */
  synchronized long poll() {
    if (size == 0) {
      return -1;
    }
    long entry = ring[head];
    head = (head + 1) & (ring.length - 1);
    size--;
    waiting = size > 0;
    return entry;
  }

  static int block(long entry) {
    return (int) (entry >>> PAGE_BITS);
  }

  static long page(long entry) {
    return entry & ((1L << PAGE_BITS) - 1);
  }
}
