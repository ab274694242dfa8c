package org.godwit.userfault.handover;

import java.util.BitSet;
import org.godwit.api.machine.GuestMemory;

/** What is known of one region's pages. Used by the service's thread alone. */
final class ServedRegion {
  private final GuestMemory.Foreign memory;
  private final long fileOffset;

  /** Pages that were placed or given back: their content in the file is not wanted any more. */
  private final BitSet settled = new BitSet();

  private final BitSet removed = new BitSet();
  private long settledPages;

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
    settledPages += settled.get(page) ? 0 : 1;
    settled.set(page);
  }

  /** Notes pages that were given back: they are zeros from now on. Returns how many bytes. */
  long remove(long start, long end) {
    long from = Math.max(start, address());
    long to = Math.min(end, address() + length());
    if (from >= to) {
      return 0;
    }
    int first = page(from);
    int last = page(to - 1) + 1;
    settledPages += last - first - settled.get(first, last).cardinality();
    settled.set(first, last);
    removed.set(first, last);
    return to - from;
  }

  /** Pages whose content in the file is not wanted any more. */
  long settledPages() {
    return settledPages;
  }

  /** First page from there on whose content has not been placed; {@link #pages()} if none. */
  int nextUnplaced(int from) {
    return Math.min(settled.nextClearBit(from), pages());
  }

  /** How many pages from there on are unplaced without a break, at most {@code limit}. */
  int unplacedRun(int from, int limit) {
    int end = (int) Math.min(pages(), (long) from + limit);
    int stop = settled.nextSetBit(from);
    return (stop < 0 ? end : Math.min(stop, end)) - from;
  }
}
