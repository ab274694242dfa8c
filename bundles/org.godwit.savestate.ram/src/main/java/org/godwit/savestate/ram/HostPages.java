package org.godwit.savestate.ram;

/** Host pages that are larger than target pages (postcopy, section 5.1). */
final class HostPages {
  private HostPages() {}

  /** Target pages in a host page of a block. */
  static int of(BlockState state) {
    return (int) (state.block().pageSize() / RamState.PAGE);
  }

  /** Host pages in a block; the last one may be cut. */
  static long count(BlockState state) {
    return Math.ceilDiv(state.dirty().pages(), of(state));
  }

  /** Enlarges every run of dirty pages to whole host pages. */
  static void enlarge(BlockState state) {
    int many = of(state);
    if (many == 1) {
      return;
    }
    DirtyBitmap dirty = state.dirty();
    long page = dirty.next(0);
    while (page >= 0) {
      long end = Math.min(page - page % many + many, dirty.pages());
      for (long target = page - page % many; target < end; target++) {
        boolean _ = dirty.set(target);
      }
      page = dirty.next(end);
    }
  }
}
