package org.godwit.savestate.ram;

import java.io.IOException;
import org.godwit.api.savestate.PostcopyState.DiscardSink;

/** The dirty pages of a block as ranges that the destination must forget. */
final class DiscardRanges {
  private DiscardRanges() {}

  /** Tells the ranges of a block in ascending order. */
  static void tell(BlockState state, DiscardSink sink) throws IOException {
    DirtyBitmap dirty = state.dirty();
    long first = dirty.next(0);
    while (first >= 0) {
      long end = dirty.nextClear(first);
      long start = first * RamState.PAGE;
      sink.discard(state.block().name(), start, end * RamState.PAGE - start);
      first = dirty.next(end);
    }
  }
}
