package org.godwit.savestate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.machine.MachineException;
import org.godwit.api.savestate.StateWriter;
import org.godwit.wire.ram.RamRecordWriter;
import org.godwit.wire.ram.ZeroPage;

/**
 * Turns pages into records. A mapped page is tested for zeros and, still in the cache, handed on by
 * reference; memory that is not mapped is read in runs into recycled memory first. Belongs to the
 * sending thread.
 */
final class PageSender {
  private static final int STAGING_PAGES = 256;

  private final StateWriter out;
  private final RamRecordWriter records;
  private final MemorySegment staging;
  private final Optional<XbzrleSender> xbzrle;
  private boolean delta = true;
  private int staged;
  private long normal;
  private long zero;

  /**
   * Prepares a sender.
   *
   * @param out the channel
   * @param records writes into it
   * @param xbzrle delta encoding, if it is on
   * @param arena for memory of its own
   */
  PageSender(StateWriter out, RamRecordWriter records, Optional<XbzrleSender> xbzrle, Arena arena) {
    this.out = out;
    this.records = records;
    this.xbzrle = xbzrle;
    this.staging = arena.allocate(STAGING_PAGES * RamState.PAGE, RamState.PAGE);
  }

  /** Full pages since the last {@link #reset()}. */
  long normal() {
    return normal;
  }

  /** Zero pages since the last {@link #reset()}. */
  long zero() {
    return zero;
  }

  void reset() {
    normal = 0;
    zero = 0;
  }

  /**
   * Sends pages that follow each other; what the block knows to be zero is not looked at.
   *
   * @param state their block
   * @param first first page
   * @param count number of pages
   */
  void sendRun(BlockState state, long first, int count) throws MachineException, IOException {
    long data = state.block().nextData(first * RamState.PAGE) / RamState.PAGE;
    int empty = (int) Math.min(count, data - first);
    if (empty > 0) {
      sendEmpty(state, first, empty);
    }
    for (int done = empty; done < count; done += RamState.PAGES_PER_LOOK) {
      send(state, first + done, Math.min(RamState.PAGES_PER_LOOK, count - done));
    }
  }

  /** Hands everything to the channel. */
  void flush() throws IOException {
    out.flush();
  }

  /** No differences any more: from now on every page goes out once. */
  void plain() {
    delta = false;
  }

  private void send(BlockState state, long first, int count) throws MachineException, IOException {
    if (state.mapping().isPresent()) {
      long offset = first * RamState.PAGE;
      sendAll(state, first, count, state.mapping().get(), offset);
      return;
    }
    if (staged + count > STAGING_PAGES) {
      // the channel may still refer to what is in the staging memory
      out.flush();
      staged = 0;
    }
    long at = staged * RamState.PAGE;
    state.block().read(first * RamState.PAGE, staging, at, count * RamState.PAGE);
    staged += count;
    sendAll(state, first, count, staging, at);
  }

  private void sendEmpty(BlockState state, long first, int count) throws IOException {
    records.zeroPages(state.index(), first * RamState.PAGE, count);
    if (delta && xbzrle.isPresent()) {
      for (int i = 0; i < count; i++) {
        xbzrle.get().zeroed(state.index(), first + i);
      }
    }
    zero += count;
  }

  private void sendAll(BlockState state, long first, int count, MemorySegment memory, long at)
      throws IOException {
    for (int i = 0; i < count; i++) {
      page(state, first + i, memory, at + i * RamState.PAGE);
    }
  }

  private void page(BlockState state, long page, MemorySegment memory, long at) throws IOException {
    long offset = page * RamState.PAGE;
    if (ZeroPage.isZero(memory, at, (int) RamState.PAGE)) {
      zeroPage(state, page);
    } else if (delta && xbzrle.isPresent() && xbzrle.get().active()) {
      normal += xbzrle.get().send(records, state.index(), page, memory, at);
    } else {
      records.page(state.index(), offset, memory, at);
      normal++;
    }
  }

  private void zeroPage(BlockState state, long page) throws IOException {
    records.zeroPage(state.index(), page * RamState.PAGE);
    if (delta && xbzrle.isPresent()) {
      xbzrle.get().zeroed(state.index(), page);
    }
    zero++;
  }
}
