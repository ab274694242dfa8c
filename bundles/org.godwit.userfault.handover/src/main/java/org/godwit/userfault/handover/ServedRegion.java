package org.godwit.userfault.handover;

import java.util.BitSet;
import org.godwit.api.machine.GuestMemory;

/** What is known of one region's pages. Used by the service's thread alone. */
final class ServedRegion {
  private final GuestMemory.Foreign memory;
  private final long fileOffset;
  private final BitSet placed = new BitSet();
  private final BitSet removed = new BitSet();

  ServedRegion(RegionTable.Region region) {
    this.memory = region.memory();
    this.fileOffset = region.offset();
  }

  boolean holds(long address) {
    return address >= memory.address() && address - memory.address() < memory.length();
  }

  long address() {
    return memory.address();
  }

  long length() {
    return memory.length();
  }

  long pageSize() {
    return memory.pageSize();
  }

  int pages() {
    return (int) (length() / pageSize());
  }

  int page(long address) {
    return (int) ((address - memory.address()) / pageSize());
  }

  long addressOf(int page) {
    return address() + page * pageSize();
  }

  long positionOf(int page) {
    return fileOffset + page * pageSize();
  }

  boolean isRemoved(int page) {
    return removed.get(page);
  }

  void placed(int page) {
    placed.set(page);
  }

  /** Notes pages that were given back: they are zeros from now on. Returns how many bytes. */
  long remove(long start, long end) {
    long from = Math.max(start, address());
    long to = Math.min(end, address() + length());
    if (from >= to) {
      return 0;
    }
    removed.set(page(from), page(to - 1) + 1);
    return to - from;
  }

  /** First page from there on whose content has not been placed; {@link #pages()} if none. */
  int nextUnplaced(int from) {
    int page = placed.nextClearBit(from);
    while (page < pages() && removed.get(page)) {
      page = placed.nextClearBit(page + 1);
    }
    return Math.min(page, pages());
  }

  /** How many pages from there on are unplaced without a break, at most {@code limit}. */
  int unplacedRun(int from, int limit) {
    int run = 1;
    while (run < limit && nextUnplaced(from + run) == from + run && from + run < pages()) {
      run++;
    }
    return run;
  }
}
