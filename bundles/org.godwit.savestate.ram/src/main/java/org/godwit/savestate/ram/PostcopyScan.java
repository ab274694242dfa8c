package org.godwit.savestate.ram;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.MachineException;
import org.godwit.api.savestate.RamCounters;

/**
 * Sends each dirty page once: what was asked for first, then on from there in ascending order
 * (postcopy, sections 5.1 to 5.3).
 *
 * <p>Threads: with one channel all of it belongs to the sending thread. What was asked for may have
 * a channel and a thread of its own, {@link #deliver()}. Then both take pages under one lock, whole
 * host pages at once, and send them outside of it: a page goes out over one channel only, and a
 * channel that is full holds up none that were not taken for it.
 */
final class PostcopyScan {
  /** Pages in a row between two looks at the requests. */
  private static final int RUN = 16;

  /** Pages between two looks at where a block is empty. */
  private static final int MOST = 256;

  /** A channel, and what was taken for it last. Belongs to the thread that sends over it. */
  private static final class Lane {
    final PageSender pages;
    int block;
    long first;
    int count;

    Lane(PageSender pages) {
      this.pages = pages;
    }
  }

  private final List<BlockState> blocks;
  private final RequestQueue requests;
  private final RamCounters counters;
  private final Optional<PageRelease> release;
  private final Lane main;
  private Optional<Lane> urgent = Optional.empty();
  // guarded by this, and with them the bitmaps of dirty pages
  private int block;
  private long page;
  // volatile: changed under the lock, looked at by the sending thread before each page
  private volatile long left;

  PostcopyScan(
      RamState ram, RequestQueue requests, RamCounters counters, Optional<PageRelease> release) {
    this.blocks = ram.blocks();
    this.requests = requests;
    this.main = new Lane(ram.sender());
    this.counters = counters;
    this.release = release;
    this.left = ram.dirtyPages();
    counters.remaining(left);
  }

  /** What was asked for goes out by {@link #deliver()} from now on. */
  void urgent(PageSender channel) {
    urgent = Optional.of(new Lane(channel));
  }

  /** Pages that were not taken yet. */
  long left() {
    return left;
  }

  /**
   * Sends a host page that was asked for, if there is no other channel for them, or some of the
   * others if none was. Does nothing if those asked for were sent before.
   */
  void next() throws MachineException, IOException {
    if (urgent.isPresent() || !requests.waiting()) {
      if (takeNext()) {
        counters.addPostcopy(0, send(main));
      }
      return;
    }
    boolean sent = false;
    while (!sent && requests.waiting()) {
      sent = answer(main, requests.poll()) > 0;
    }
    if (!requests.waiting()) {
      main.pages.flush();
    }
  }

  /** Sends all that was asked for over its own channel; for the thread of that channel alone. */
  void deliver() throws MachineException, IOException {
    Lane lane = urgent.orElseThrow();
    int kept = 0;
    long asked = requests.poll();
    while (asked >= 0) {
      kept += answer(lane, asked);
      if (kept >= RUN) {
        // somebody waits for them: they must not lie here until a buffer is full
        lane.pages.flush();
        kept = 0;
      }
      asked = requests.poll();
    }
    lane.pages.flush();
  }

  /** Pages sent for a request; none if they were taken before. */
  private int answer(Lane lane, long asked) throws MachineException, IOException {
    int sent = 0;
    while (takeAsked(lane, asked)) {
      sent += send(lane);
    }
    counters.addPostcopy(sent, 0);
    return sent;
  }

  private synchronized boolean takeAsked(Lane lane, long asked) {
    BlockState state = blocks.get(RequestQueue.block(asked));
    int many = HostPages.of(state);
    long begin = RequestQueue.page(asked) * many;
    long end = Math.min(begin + many, state.dirty().pages());
    long first = state.dirty().next(begin);
    boolean dirty = first >= 0 && first < end;
    if (dirty) {
      take(lane, state, first, end - first);
    }
    return dirty;
  }

  private synchronized boolean takeNext() {
    long first = blocks.get(block).dirty().next(page);
    for (int turn = 0; first < 0 && turn < blocks.size(); turn++) {
      page = 0;
      block = (block + 1) % blocks.size();
      first = blocks.get(block).dirty().next(0);
    }
    if (first >= 0) {
      BlockState state = blocks.get(block);
      take(main, state, first, inARow(state, first));
    }
    return first >= 0;
  }

  /** Whole host pages, or the rest of the one that begins here. */
  private static long inARow(BlockState state, long first) {
    int many = HostPages.of(state);
    if (many < RUN) {
      int count = state.dirty().run(first, RamState.atOnce(state, first, RUN));
      return count > many ? count - count % many : count;
    }
    return Math.min(first - first % many + many, state.dirty().pages()) - first;
  }

  /** From here on nobody else sends them. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  private void take(Lane lane, BlockState state, long first, long most) {
    int count = state.dirty().run(first, (int) most);
    state.dirty().clearRun(first, count);
    lane.block = state.index();
    lane.first = first;
    lane.count = count;
    block = state.index();
    page = first + count;
    left -= count;
    counters.remaining(left);
  }

  private int send(Lane lane) throws MachineException, IOException {
    BlockState state = blocks.get(lane.block);
    lane.pages.reset();
    for (int done = 0; done < lane.count; done += MOST) {
      lane.pages.sendRun(state, lane.first + done, Math.min(MOST, lane.count - done));
    }
    counters.add(lane.pages.normal(), lane.pages.zero());
    if (lane.equals(main)) {
      // what went to another channel is not confirmed by an answer on the main one
      release.ifPresent(r -> r.sent(state, lane.first, lane.count));
    }
    return lane.count;
  }
}
