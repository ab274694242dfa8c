package org.godwit.savestate.ram;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.MachineException;
import org.godwit.api.savestate.RamCounters;

/**
 * Sends each dirty page once: what was asked for first, then on from there in ascending order
 * (postcopy, sections 5.1 to 5.3). Belongs to the sending thread.
 */
final class PostcopyScan {
  /** Pages in a row between two looks at the requests. */
  private static final int RUN = 16;

  /** Pages that {@link PageSender} takes at once. */
  private static final int MOST = 256;

  private final List<BlockState> blocks;
  private final RequestQueue requests;
  private final PageSender pages;
  private final RamCounters counters;
  private final Optional<PageRelease> release;
  private PageSender urgent;
  private int block;
  private long page;
  private long left;

  PostcopyScan(
      RamState ram, RequestQueue requests, RamCounters counters, Optional<PageRelease> release) {
    this.blocks = ram.blocks();
    this.requests = requests;
    this.pages = ram.sender();
    this.urgent = pages;
    this.counters = counters;
    this.release = release;
    this.left = ram.dirtyPages();
    counters.remaining(left);
  }

  /** What was asked for goes elsewhere from now on. */
  void urgent(PageSender channel) {
    urgent = channel;
  }

  /** Pages left. */
  long left() {
    return left;
  }

  /**
   * Sends a host page that was asked for, or some of the others if none was. Does nothing if those
   * asked for were sent before.
   */
  void next() throws MachineException, IOException {
    if (!requests.waiting()) {
      background();
      return;
    }
    long asked = requests.poll();
    while (asked >= 0 && !requested(asked)) {
      asked = requests.poll();
    }
    if (!requests.waiting()) {
      deliver();
    }
  }

  /** Somebody waits for what was asked for: it must not lie here until a buffer is full. */
  void deliver() throws IOException {
    urgent.flush();
  }

  private boolean requested(long asked) throws MachineException, IOException {
    BlockState state = blocks.get(RequestQueue.block(asked));
    int many = HostPages.of(state);
    long begin = RequestQueue.page(asked) * many;
    long end = Math.min(begin + many, state.dirty().pages());
    long first = state.dirty().next(begin);
    if (first < 0 || first >= end) {
      return false;
    }
    block = state.index();
    counters.addPostcopy(whole(urgent, state, first, end), 0);
    return true;
  }

  private void background() throws MachineException, IOException {
    long first = blocks.get(block).dirty().next(page);
    for (int turn = 0; first < 0 && turn < blocks.size(); turn++) {
      page = 0;
      block = (block + 1) % blocks.size();
      first = blocks.get(block).dirty().next(0);
    }
    if (first >= 0) {
      counters.addPostcopy(0, run(blocks.get(block), first));
    }
  }

  /** Whole host pages in a row, or the one that begins here. */
  private int run(BlockState state, long first) throws MachineException, IOException {
    int many = HostPages.of(state);
    if (many < RUN) {
      int count = state.dirty().run(first, RamState.atOnce(state, first, RUN));
      return send(pages, state, first, count > many ? count - count % many : count);
    }
    return whole(pages, state, first, Math.min(first - first % many + many, state.dirty().pages()));
  }

  /** All dirty pages up to the end of a host page. */
  private int whole(PageSender channel, BlockState state, long from, long end)
      throws MachineException, IOException {
    int sent = 0;
    long first = from;
    while (first >= 0 && first < end) {
      sent += send(channel, state, first, (int) Math.min(MOST, end - first));
      first = state.dirty().next(page);
    }
    return sent;
  }

  private int send(PageSender channel, BlockState state, long first, int most)
      throws MachineException, IOException {
    int count = state.dirty().run(first, most);
    state.dirty().clearRun(first, count);
    channel.reset();
    channel.sendRun(state, first, count);
    counters.add(channel.normal(), channel.zero());
    if (channel.equals(pages)) {
      // what went to another channel is not confirmed by an answer on the main one
      release.ifPresent(r -> r.sent(state, first, count));
    }
    page = first + count;
    left -= count;
    counters.remaining(left);
    return count;
  }
}
