package org.godwit.savestate.ram;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.MachineException;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which pages the source may give back to its host (capability {@code release-ram}). QEMU releases
 * what it has sent, and refuses recovery for that reason: what a broken link took with it exists
 * nowhere any more. Here a page is released only when the destination has confirmed it, so that
 * recovery stays possible.
 *
 * <p>A page goes through four bitmaps: sent, awaited (a PING is under way behind it), due
 * (confirmed) and released. Belongs to the sending thread.
 */
final class PageRelease {
  /** Most that is released at once: a page that somebody waits for must not wait for it. */
  static final long SLICE = 8L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(PageRelease.class);

  private final List<Pages> blocks = new ArrayList<>();
  private final RamCounters counters;
  private boolean awaiting;

  PageRelease(List<BlockState> states, RamCounters counters, Arena arena) {
    this.counters = counters;
    for (BlockState state : states) {
      blocks.add(new Pages(state, arena));
    }
  }

  /** The guest goes: what is not dirty was sent before. */
  void begin() {
    blocks.forEach(Pages::begin);
  }

  /** Pages were handed to the main channel. */
  void sent(BlockState state, long first, long count) {
    blocks.get(state.index()).sent.setRun(first, count);
  }

  /** Whether pages were sent that can be confirmed now. */
  boolean awaitConfirmation() {
    if (awaiting) {
      return false;
    }
    blocks.forEach(Pages::await);
    awaiting = blocks.stream().anyMatch(pages -> pages.awaited.count() > 0);
    return awaiting;
  }

  /** The destination has what was awaited. */
  void confirmed() {
    awaiting = false;
    blocks.forEach(Pages::confirmed);
  }

  /** The destination has everything. */
  void allConfirmed() {
    awaiting = false;
    blocks.forEach(Pages::allConfirmed);
  }

  /**
   * The destination has told on a new connection what it has, so that only the rest of a block is
   * dirty.
   */
  void received(BlockState state) throws StateException {
    awaiting = false;
    blocks.get(state.index()).received();
  }

  /** Releases a slice; whether more is due. */
  boolean some() {
    long left = SLICE / RamState.PAGE;
    for (Pages pages : blocks) {
      left -= pages.release(left, counters);
    }
    return blocks.stream().anyMatch(pages -> pages.due.count() > 0);
  }

  /** One block. */
  private static final class Pages {
    private final BlockState state;
    private final DirtyBitmap sent;
    private final DirtyBitmap awaited;
    private final DirtyBitmap due;
    private final DirtyBitmap released;
    private boolean refused;

    Pages(BlockState state, Arena arena) {
      this.state = state;
      long pages = state.dirty().pages();
      this.sent = new DirtyBitmap(pages, arena);
      this.awaited = new DirtyBitmap(pages, arena);
      this.due = new DirtyBitmap(pages, arena);
      this.released = new DirtyBitmap(pages, arena);
    }

    void begin() {
      sent.setComplement(state.dirty());
    }

    void await() {
      if (sent.count() > 0) {
        awaited.add(sent);
        sent.clearAll();
      }
    }

    void confirmed() {
      if (awaited.count() > 0) {
        due.add(awaited);
        awaited.clearAll();
      }
    }

    void allConfirmed() {
      sent.clearAll();
      awaited.clearAll();
      due.setComplement(released);
    }

    void received() throws StateException {
      sent.clearAll();
      awaited.clearAll();
      long lost = state.dirty().common(released);
      if (lost > 0) {
        due.clearAll();
        throw new StateException(
            Fault.PEER,
            "The destination lacks %d pages of block %s that it had confirmed; they were released here."
                .formatted(lost, state.block().name()));
      }
      due.setComplement(state.dirty());
      due.remove(released);
    }

    /** Releases about so many pages; how many were looked at. */
    long release(long most, RamCounters counters) {
      int many = HostPages.of(state);
      long done = 0;
      long first = due.next(0);
      while (first >= 0 && done < most) {
        long slice = Math.ceilDiv(most - done, many) * many;
        long count = Math.min(due.nextClear(first) - first, slice);
        wholePages(first, first + count, many, counters);
        due.clearRun(first, count);
        done += count;
        first = due.next(first + count);
      }
      return done;
    }

    /** Of a host page that arrived in part nothing is given back. */
    private void wholePages(long first, long end, int many, RamCounters counters) {
      long begin = Math.ceilDiv(first, many) * many;
      long last = end == due.pages() ? end : end / many * many;
      if (last > begin && !refused) {
        giveBack(begin, last - begin, counters);
      }
    }

    private void giveBack(long first, long count, RamCounters counters) {
      try {
        if (state.block().release(first * RamState.PAGE, count * RamState.PAGE)) {
          released.setRun(first, count);
          counters.addReleased(count * RamState.PAGE);
        }
      } catch (MachineException e) {
        // nothing is lost by keeping it
        refused = true;
        LOG.warn("Memory of block {} is kept until its machine is closed", state.block().name(), e);
      }
    }
  }
}
