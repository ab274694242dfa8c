package org.godwit.userfault.handover;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.godwit.api.userfault.FaultHandover.Pace;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.Errno;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.FaultEvents;
import org.godwit.linux.LinuxAbortedException;
import org.godwit.linux.LinuxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the faults of one process, in one platform thread, which also makes and closes it.
 *
 * <p>Two hazards, both of memory that the process gives back while it faults. The kernel refuses to
 * place anything (EAGAIN) while such an event waits to be read: so events are read until there are
 * none, and the page is tried again. And a fault may come before the event that explains it: so all
 * removals of a batch are noted before any of its faults is served. One thread does both, hence a
 * page that could be placed was not given back when its content was chosen.
 */
final class PageService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PageService.class);
  private static final int BATCH = 64;

  private final FaultDescriptor uffd;
  private final List<ServedRegion> regions;
  private final Pace pace;
  private final Arena arena = Arena.ofConfined();
  private final FaultEvents events = FaultEvents.allocate(arena, BATCH);
  private final Placement placement;
  private final Filling filling;
  private final ArrayDeque<Long> waiting = new ArrayDeque<>();
  private final long bytes;

  // Told by the service's thread after each round, for others:
  private final AtomicLong faults = new AtomicLong();
  private final AtomicLong pages = new AtomicLong();
  private final AtomicLong zeroPages = new AtomicLong();
  private final AtomicLong removedBytes = new AtomicLong();
  private final AtomicLong placedBytes = new AtomicLong();

  /** Set by any thread, read by the service's own after each nudge. */
  private volatile boolean fillWanted;

  PageService(FaultDescriptor uffd, RegionTable table, PageSource source, Pace pace) {
    this.uffd = uffd;
    this.pace = pace;
    this.regions = table.regions().stream().map(ServedRegion::new).toList();
    this.bytes = regions.stream().mapToLong(ServedRegion::length).sum();
    long page = regions.stream().mapToLong(ServedRegion::pageSize).max().orElseThrow();
    long run = Math.max(Filling.RUN_BYTES, pace.readAhead());
    this.placement = new Placement(uffd, source, arena, page, run);
    this.filling = new Filling(regions, source, placement, pace.fillPerSecond());
  }

  long faults() {
    return faults.get();
  }

  long pages() {
    return pages.get();
  }

  long zeroPages() {
    return zeroPages.get();
  }

  long removedBytes() {
    return removedBytes.get();
  }

  /** Memory that the process need not wait for. */
  long placedBytes() {
    return placedBytes.get();
  }

  /** All memory of the process. */
  long bytes() {
    return bytes;
  }

  void fill() {
    fillWanted = true;
    uffd.nudge();
  }

  /** The process is no more. */
  void stop() {
    uffd.endReading();
  }

  /** Serves until the process has all its pages or is gone; an exception leaves it waiting. */
  void run() throws UserfaultException {
    try {
      boolean more = true;
      while (more) {
        more = round(fillWanted ? 0 : filling.idleNanos());
        tell();
      }
    } catch (LinuxAbortedException e) {
      LOG.debug("The process is gone: {}", e.getMessage());
    } catch (LinuxException e) {
      String message = "The descriptor that was handed over broke: " + e.getMessage();
      throw new UserfaultException(message, e);
    }
  }

  /** Serves who waits, then places a run if one is due. False if there is no more to do. */
  private boolean round(long idleNanos) throws UserfaultException, LinuxException {
    boolean due = idleNanos == 0;
    int count = due ? uffd.poll(events) : uffd.await(events, idleNanos);
    note(count);
    if (!serveWaiting()) {
      return false;
    }
    if (!due) {
      return true;
    }
    if (Filling.gone(filling.step())) {
      return false;
    }
    if (filling.done()) {
      end();
      return false;
    }
    return true;
  }

  /** Holes and pages that were given back become zeros by themselves from now on. */
  private void end() {
    for (ServedRegion region : regions) {
      uffd.unregister(region.address(), region.length());
    }
    placedBytes.set(bytes);
  }

  private void tell() {
    pages.set(placement.pages());
    zeroPages.set(placement.zeroPages());
    if (!filling.done()) {
      long placed = 0;
      for (ServedRegion region : regions) {
        placed += region.settledPages() * region.pageSize();
      }
      placedBytes.set(placed);
    }
  }

  /** Gives the buffers back; by the service's own thread. */
  @Override
  public void close() {
    arena.close();
  }

  private void note(int count) {
    for (int i = 0; i < count; i++) {
      if (events.isRemoval(i)) {
        for (ServedRegion region : regions) {
          removedBytes.addAndGet(region.remove(events.start(i), events.end(i)));
        }
      }
    }
    for (int i = 0; i < count; i++) {
      if (events.isFault(i)) {
        faults.incrementAndGet();
        waiting.add(events.address(i));
      }
    }
  }

  /** False if the process is gone. */
  private boolean serveWaiting() throws UserfaultException, LinuxException {
    while (!waiting.isEmpty()) {
      long address = waiting.peek();
      long result = serve(address);
      if (result == -Errno.ESRCH) {
        return false;
      } else if (result == -Errno.EAGAIN) {
        note(uffd.poll(events));
      } else {
        waiting.remove();
      }
    }
    return true;
  }

  private long serve(long address) throws UserfaultException {
    for (ServedRegion region : regions) {
      if (region.holds(address)) {
        return placement.touched(region, region.page(address), pace.readAhead());
      }
    }
    return 0; // of a range that the table does not tell of: nobody knows what belongs there
  }
}
