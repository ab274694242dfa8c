package org.godwit.savestate.ram;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.PostcopyStatistics;

/**
 * Which pages are missing, requested or received (postcopy, section 4.5), who waits for them, and
 * what has to be asked for. A received bit is set after the page was placed.
 *
 * <p>Thread-safe by one lock, which is held for bits and counters only: no thread holds it while it
 * touches guest memory or blocks, so the fault thread may take it. Only statistics allocate under
 * it, some hundred bytes.
 */
final class PageStates {
  /** What {@link #take} answers when there will be nothing to ask for any more. */
  static final long NOTHING = -1;

  private static final int PAGE = (int) RamState.PAGE;
  private static final int RING = 4096;
  private static final int BLOCK_SHIFT = 40;

  private record Block(String name, long hostPages, DirtyBitmap received, DirtyBitmap requested) {}

  private final Arena arena;
  // everything below is guarded by this
  private final List<Block> blocks = new ArrayList<>();
  private final List<DirtyBitmap> owed = new ArrayList<>();
  private final FaultLog log = new FaultLog();
  private final long[] ring = new long[RING];
  private long head;
  private long tail;
  private int scanBlock = -1;
  private long scanPage;
  private boolean connected;
  private long connections;
  private boolean over;
  private boolean abandoned;
  private boolean urgentExpected;
  private int waiters;
  private long requests;
  private long requestedPages;
  private long backgroundPages;

  PageStates(Arena arena) {
    this.arena = arena;
  }

  /** The next block, with nothing received. */
  synchronized void add(String name, long length, long pageSize) {
    long pages = length / PAGE;
    blocks.add(
        new Block(
            name, pageSize / PAGE, new DirtyBitmap(pages, arena), new DirtyBitmap(pages, arena)));
    owed.add(new DirtyBitmap(pages, arena));
  }

  synchronized boolean received(int block, long page) {
    return blocks.get(block).received().get(page);
  }

  /** Whether any of some pages was received. */
  synchronized boolean received(int block, long first, int count) {
    long next = blocks.get(block).received().next(first);
    return next >= 0 && next < first + count;
  }

  /** How many of some pages were not received before the first one that was. */
  synchronized int missing(int block, long first, int count) {
    long next = blocks.get(block).received().next(first);
    return next < 0 ? count : (int) Math.min(count, next - first);
  }

  /** Pages were written in place, before anything was trapped. */
  synchronized void arrived(int block, long first, int pages) {
    blocks.get(block).received().setRun(first, pages);
  }

  /** Pages were discarded: they will come again. */
  synchronized void forget(int block, long first, long count) {
    for (long page = first; page < first + count; page++) {
      var _ = blocks.get(block).received().clear(page);
      var _ = owed.get(block).set(page);
    }
  }

  /**
   * Whole host pages were placed; whoever waits in Java goes on. Answers nothing that could be
   * acted on later.
   */
  synchronized void placed(int block, long first, long count, long now) {
    Block of = blocks.get(block);
    of.received().setRun(first, count);
    owed.get(block).clearRun(first, count);
    for (long page = first; page < first + count; page += of.hostPages()) {
      if (of.requested().clear(page)) {
        requestedPages += of.hostPages();
        log.end(key(block, page), now);
      } else {
        backgroundPages += of.hostPages();
      }
    }
    if (waiters > 0) {
      notifyAll();
    }
  }

  /**
   * A thread waits for a page.
   *
   * @param offset byte in the block
   * @param thread the kernel's number of the thread, or 0
   * @return true if the page was received, so that nobody will place it
   */
  synchronized boolean fault(int block, long offset, int thread, long now) {
    Block of = blocks.get(block);
    long first = offset / PAGE / of.hostPages() * of.hostPages();
    if (of.received().get(first)) {
      return true;
    }
    log.begin(key(block, first), thread, now);
    want(of, block, first);
    return false;
  }

  private void want(Block of, int block, long first) {
    if (!of.requested().set(first)) {
      return;
    }
    if (tail - head == RING) {
      // nothing is lost: the scan finds what the ring cannot hold
      head = tail;
      scanBlock = 0;
      scanPage = 0;
    } else {
      ring[(int) (tail & (RING - 1))] = key(block, first);
      tail++;
    }
    notifyAll();
  }

  private static long key(int block, long page) {
    return ((long) block << BLOCK_SHIFT) | page;
  }

  static int blockOf(long key) {
    return (int) (key >>> BLOCK_SHIFT);
  }

  static long offsetOf(long key) {
    return (key & ((1L << BLOCK_SHIFT) - 1)) * PAGE;
  }

  /** Waits in Java until a range is received, and asks for what is missing. */
  synchronized void await(int block, long offset, long length) throws MachineException {
    Block of = blocks.get(block);
    long step = of.hostPages();
    long last = (offset + Math.max(1, length) - 1) / PAGE;
    for (long page = offset / PAGE / step * step; page <= last; page += step) {
      await(of, block, page);
    }
  }

  private void await(Block of, int block, long page) throws MachineException {
    waiters++;
    try {
      // first: when there is nothing to wait for any more, the bitmaps may be gone
      while (!over) {
        requireHope(of, page);
        if (of.received().get(page)) {
          return;
        }
        want(of, block, page);
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MachineException(
          "Waiting for a page of block " + of.name() + " was interrupted", e);
    } finally {
      waiters--;
    }
  }

  private void requireHope(Block of, long page) throws MachineException {
    if (abandoned) {
      throw new MachineException(
          "Page %d of block %s will never come: the guest was given up".formatted(page, of.name()));
    }
  }

  /**
   * The source can be asked: for everything that somebody waits for, then for what comes.
   *
   * @return number of the connection
   */
  synchronized long connect() {
    connections++;
    connected = true;
    head = tail;
    scanBlock = 0;
    scanPage = 0;
    notifyAll();
    return connections;
  }

  /** The source cannot be asked. */
  synchronized void disconnect() {
    connected = false;
  }

  /** A connection does not take requests; if it is not the present one, that does not matter. */
  synchronized void disconnect(long connection) {
    connected &= connection != connections;
  }

  /**
   * Waits for the next page to ask for.
   *
   * @return see {@link #blockOf} and {@link #offsetOf}, or {@link #NOTHING}
   */
  synchronized long take() throws InterruptedException {
    while (!over && !abandoned) {
      long next = connected ? scanned() : NOTHING;
      if (next == NOTHING && connected) {
        next = queued();
      }
      if (next != NOTHING) {
        requests++;
        return next;
      }
      wait();
    }
    return NOTHING;
  }

  private long scanned() {
    while (scanBlock >= 0) {
      long page = blocks.get(scanBlock).requested().next(scanPage);
      if (page >= 0) {
        scanPage = page + 1;
        return key(scanBlock, page);
      }
      scanPage = 0;
      scanBlock = scanBlock + 1 == blocks.size() ? -1 : scanBlock + 1;
    }
    return NOTHING;
  }

  private long queued() {
    while (head != tail) {
      long next = ring[(int) (head & (RING - 1))];
      head++;
      // it may have come in the meantime
      if (blocks.get(blockOf(next)).requested().get(next & ((1L << BLOCK_SHIFT) - 1))) {
        return next;
      }
    }
    return NOTHING;
  }

  /** Pages that were asked for, or discarded, and have not come. */
  synchronized long outstanding() {
    long sum = 0;
    for (int i = 0; i < blocks.size(); i++) {
      sum += Math.max(blocks.get(i).requested().count(), owed.get(i).count());
    }
    return sum;
  }

  /** Whether pages may come on the preempt channel. */
  synchronized void expectUrgent(boolean expected) {
    urgentExpected = expected;
    notifyAll();
  }

  /** Waits while pages are outstanding that the preempt channel may bring. */
  synchronized void awaitUrgent() {
    waiters++;
    try {
      while (urgentExpected && !abandoned && outstanding() > 0) {
        wait();
      }
    } catch (InterruptedException e) {
      // what is outstanding is found by whoever asks next
      Thread.currentThread().interrupt();
    } finally {
      waiters--;
    }
  }

  /** No page is absent any more. */
  synchronized void finished() {
    over = true;
    notifyAll();
  }

  /** No page will come any more. */
  synchronized void abandon() {
    abandoned = true;
    notifyAll();
  }

  /** Copies a bitmap as RECV_BITMAP wants it. */
  byte[] bitmap(int block) {
    DirtyBitmap received = received(block);
    // megabytes for a large guest: not under the lock that the fault thread takes
    byte[] copy = new byte[received.bytes()];
    synchronized (this) {
      received.copyTo(copy);
    }
    return copy;
  }

  private synchronized DirtyBitmap received(int block) {
    return blocks.get(block).received();
  }

  synchronized PostcopyStatistics statistics(long recoveries, boolean blocktime) {
    return log.figures(requests, requestedPages, backgroundPages, recoveries, blocktime);
  }
}
