package org.godwit.savestate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateReader;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.wire.WireException;
import org.godwit.wire.ram.RamRecordReader;

/**
 * Puts target pages of one channel together to whole host pages and places them (postcopy, section
 * 4.4). Belongs to the thread that reads the channel.
 */
final class HostPageAssembly {
  private static final int PAGE = (int) RamState.PAGE;

  private final PageStates states;
  private final List<ArrivingBlock> blocks;
  private final Arena arena;
  private Optional<MemorySegment> room = Optional.empty();
  private int block;
  private long begin;
  private int held;
  private boolean zeros;

  HostPageAssembly(PageStates states, List<ArrivingBlock> blocks, Arena arena) {
    this.states = states;
    this.blocks = blocks;
    this.arena = arena;
  }

  /** Forgets a host page that came in part. */
  void reset() {
    held = 0;
  }

  /** Takes the page of a PAGE record, or several that lie in a row; tells how many. */
  int page(RamRecordReader record, StateReader in) throws IOException, StateException {
    ArrivingBlock of = blocks.get(record.blockIndex());
    boolean single = single(record, of);
    if (single && of.landing() instanceof Landing.AtRest rest) {
      return row(record, in, rest);
    }
    in.require(PAGE);
    if (single) {
      requireMissing(record, record.offset(), 1);
      of.landing().place(record.offset(), in.buffer(), in.bufferOffset(), PAGE);
      placed(record.blockIndex(), record.offset(), PAGE);
    } else {
      MemorySegment host = join(record, of);
      MemorySegment.copy(in.buffer(), in.bufferOffset(), host, record.offset() - begin, PAGE);
      zeros = false;
      take(of);
    }
    in.skip(PAGE);
    return 1;
  }

  /** Nobody waits for a page of a guest at rest: what is staged goes into it by one call. */
  private int row(RamRecordReader record, StateReader in, Landing.AtRest rest)
      throws IOException, StateException {
    int staged = record.stagedPages();
    requireMissing(record, record.offset(), 1);
    int pages = states.missing(record.blockIndex(), record.offset() / PAGE, staged);
    rest.placeRow(record.offset(), in.buffer(), in.bufferOffset(), record.pageStride(), pages);
    placed(record.blockIndex(), record.offset(), (long) pages * PAGE);
    record.takePages(pages);
    return pages;
  }

  /** Takes a ZERO record and those behind it that are there; tells how many. */
  int zero(RamRecordReader record) throws IOException, StateException {
    ArrivingBlock of = blocks.get(record.blockIndex());
    if (single(record, of)) {
      int pages = record.takeZeros();
      requireMissing(record, record.offset(), pages);
      zeros(record, of.landing(), (long) pages * PAGE);
      placed(record.blockIndex(), record.offset(), (long) pages * PAGE);
      return pages;
    }
    MemorySegment host = join(record, of);
    host.asSlice(record.offset() - begin, PAGE).fill((byte) 0);
    take(of);
    return 1;
  }

  /** Pages of a run that were placed before the kernel refused one never come again. */
  private void zeros(RamRecordReader record, Landing landing, long length) throws StateException {
    try {
      landing.zero(record.offset(), length);
    } catch (StateException e) {
      if (e.getCause() instanceof UserfaultException half && half.placed() > 0) {
        placed(record.blockIndex(), record.offset(), half.placed());
      }
      throw e;
    }
  }

  /** Finds the host page of a record in the room for it. */
  private MemorySegment join(RamRecordReader record, ArrivingBlock of) throws IOException {
    long host = record.offset() / of.pageSize() * of.pageSize();
    if (held == 0) {
      requireMissing(record, host, 1);
      block = record.blockIndex();
      begin = host;
      zeros = true;
    } else if (block != record.blockIndex()
        || begin != host
        || record.offset() != begin + (long) held * PAGE) {
      throw mixed(record, of);
    }
    return room(of.pageSize());
  }

  private WireException mixed(RamRecordReader record, ArrivingBlock of) {
    return fault(
        record,
        "page offset %d of block \"%s\"".formatted(record.offset(), of.name()),
        "offset %d of block \"%s\", the next part of a host page"
            .formatted(begin + (long) held * PAGE, blocks.get(block).name()));
  }

  /** Whether the record is a host page by itself; one that came in part goes first. */
  private boolean single(RamRecordReader record, ArrivingBlock of) throws WireException {
    if (of.pageSize() == PAGE && held > 0) {
      throw mixed(record, of);
    }
    return of.pageSize() == PAGE;
  }

  private MemorySegment room(long size) {
    if (room.isEmpty() || room.get().byteSize() < size) {
      room = Optional.of(arena.allocate(size, PAGE));
    }
    return room.get();
  }

  private void take(ArrivingBlock of) throws StateException {
    held++;
    if ((long) held * PAGE < of.pageSize()) {
      return;
    }
    if (zeros) {
      of.landing().zero(begin, of.pageSize());
    } else {
      of.landing().place(begin, room(of.pageSize()), 0, of.pageSize());
    }
    placed(block, begin, of.pageSize());
    held = 0;
  }

  private void placed(int index, long offset, long length) {
    states.placed(index, offset / PAGE, length / PAGE, System.nanoTime());
  }

  private void requireMissing(RamRecordReader record, long offset, int pages) throws WireException {
    if (states.received(record.blockIndex(), offset / PAGE, pages)) {
      throw fault(
          record,
          "page offset %d of block \"%s\" again".formatted(offset, record.block().name()),
          "each page once after the switchover");
    }
  }

  private static WireException fault(RamRecordReader record, String found, String allowed) {
    return new WireException(WireException.Kind.PAGE, record.recordOffset(), found, allowed);
  }
}
