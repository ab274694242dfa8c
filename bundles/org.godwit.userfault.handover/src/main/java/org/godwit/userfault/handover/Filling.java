package org.godwit.userfault.handover;

import java.util.List;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.Errno;

/**
 * Places what nobody has touched yet, from the beginning of memory, a run at a time. Used by the
 * service's thread alone.
 */
final class Filling {
  /** What one run places: enough to be quick, and little enough for a fault to wait behind it. */
  static final long RUN_BYTES = 256 << 10;

  private static final long NANOS = 1_000_000_000;

  private final List<ServedRegion> regions;
  private final PageSource source;
  private final Placement placement;
  private final long perSecond;
  private int region;
  private int page;

  /** When the next run is due, on the clock of {@link System#nanoTime()}. */
  private long due;

  Filling(List<ServedRegion> regions, PageSource source, Placement placement, long perSecond) {
    this.regions = regions;
    this.source = source;
    this.placement = placement;
    this.perSecond = perSecond;
    this.due = System.nanoTime();
  }

  /** How long nothing is to be done; {@link Long#MAX_VALUE} for ever. */
  long idleNanos() {
    return perSecond == 0 ? Long.MAX_VALUE : Math.max(0, due - System.nanoTime());
  }

  boolean done() {
    return region == regions.size();
  }

  /**
   * Places the next run.
   *
   * @return as {@link Placement}; 0 if there was nothing to place
   */
  long step() throws UserfaultException {
    while (!done()) {
      ServedRegion current = regions.get(region);
      page = current.nextUnplaced(page);
      if (page == current.pages()) {
        region++;
        page = 0;
      } else if (!skipHole(current)) {
        long result = placement.run(current, page, RUN_BYTES);
        spend(result);
        return result;
      }
    }
    return 0;
  }

  /**
   * A run that could not be placed costs nothing, and time that was not used is not made up for.
   */
  private void spend(long result) {
    if (perSecond > 0 && result > 0) {
      double nanos = (double) result / perSecond * NANOS;
      due = Math.max(due, System.nanoTime() - NANOS) + (long) nanos;
    }
  }

  private boolean skipHole(ServedRegion current) throws UserfaultException {
    long position = current.positionOf(page);
    long data = source.data(position);
    if (data < position + current.pageSize()) {
      return false;
    }
    long behind = (data - current.positionOf(0)) / current.pageSize();
    page = (int) Math.min(behind, current.pages());
    return true;
  }

  /** Whether a result of {@link #step()} tells that the process is no more. */
  static boolean gone(long result) {
    return result == -Errno.ESRCH;
  }
}
