package org.godwit.userfault.handover;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
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
  private static final long RUN_BYTES = 256 << 10;

  private final FaultDescriptor uffd;
  private final List<ServedRegion> regions;
  private final PageSource file;
  private final Arena arena = Arena.ofConfined();
  private final FaultEvents events = FaultEvents.allocate(arena, BATCH);
  private final MemorySegment content;
  private final MemorySegment zeros;
  private final ArrayDeque<Long> waiting = new ArrayDeque<>();

  private final AtomicLong faults = new AtomicLong();
  private final AtomicLong pages = new AtomicLong();
  private final AtomicLong zeroPages = new AtomicLong();
  private final AtomicLong removedBytes = new AtomicLong();

  /** Set by any thread, read by the service's own after each nudge. */
  private volatile boolean fillWanted;

  PageService(FaultDescriptor uffd, RegionTable table, PageSource file) {
    this.uffd = uffd;
    this.file = file;
    this.regions = table.regions().stream().map(ServedRegion::new).toList();
    long page = regions.stream().mapToLong(ServedRegion::pageSize).max().orElseThrow();
    this.content = arena.allocate(Math.max(page, RUN_BYTES), 4096);
    this.zeros = arena.allocate(page, 4096);
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
        note(uffd.await(events));
        more = serveWaiting() && !fillWanted;
      }
      if (fillWanted) {
        fillAll();
      }
    } catch (LinuxAbortedException e) {
      LOG.debug("The process is gone: {}", e.getMessage());
    } catch (LinuxException e) {
      String message = "The descriptor that was handed over broke: " + e.getMessage();
      throw new UserfaultException(message, e);
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
        return serve(region, region.page(address));
      }
    }
    return 0; // of a range that the table does not tell of: nobody knows what belongs there
  }

  private long serve(ServedRegion region, int page) throws UserfaultException {
    long position = region.positionOf(page);
    boolean zero = region.isRemoved(page) || file.data(position) >= position + region.pageSize();
    long result = zero ? placeZero(region, page) : placeContent(region, page, 1);
    if (result > 0) {
      (zero ? zeroPages : pages).incrementAndGet();
    }
    return result;
  }

  private long placeZero(ServedRegion region, int page) throws UserfaultException {
    return placed(
        region, page, uffd.copy(region.addressOf(page), zeros.address(), region.pageSize()));
  }

  private long placeContent(ServedRegion region, int page, int count) throws UserfaultException {
    long length = count * region.pageSize();
    file.read(content, length, region.positionOf(page));
    return placed(region, page, uffd.copy(region.addressOf(page), content.address(), length));
  }

  /**
   * Notes what came of placing; results are those of the kernel, for errors that have a meaning.
   */
  private long placed(ServedRegion region, int page, long result) throws UserfaultException {
    if (result > 0) {
      for (int i = 0; i < result / region.pageSize(); i++) {
        region.placed(page + i);
      }
      return result;
    }
    int errno = (int) -result;
    switch (errno) {
      case Errno.EEXIST -> {
        region.placed(page);
        uffd.wake(region.addressOf(page), region.pageSize());
      }
      case Errno.EAGAIN, Errno.ESRCH -> {}
      case Errno.ENOENT -> region.placed(page); // unmapped since: nobody waits for it
      default ->
          throw new UserfaultException(
              "Page at 0x%x of another process cannot be placed: %s"
                  .formatted(region.addressOf(page), Errno.describe(errno)));
    }
    return result;
  }

  /** Places what is left, faults first; then holes and removed pages become zeros by themselves. */
  private void fillAll() throws UserfaultException, LinuxException {
    for (ServedRegion region : regions) {
      if (!fill(region)) {
        return;
      }
    }
    for (ServedRegion region : regions) {
      uffd.unregister(region.address(), region.length());
    }
  }

  private boolean fill(ServedRegion region) throws UserfaultException, LinuxException {
    int limit = (int) Math.max(1, RUN_BYTES / region.pageSize());
    int page = region.nextUnplaced(0);
    while (page < region.pages()) {
      note(uffd.poll(events));
      if (!serveWaiting()) {
        return false;
      }
      page = region.nextUnplaced(page);
      long position = page < region.pages() ? region.positionOf(page) : 0;
      long data = page < region.pages() ? file.data(position) : 0;
      if (page < region.pages() && data >= position + region.pageSize()) {
        page = region.nextUnplaced(pageBehindHole(region, data));
      } else if (page < region.pages()) {
        long result = placeContent(region, page, region.unplacedRun(page, limit));
        pages.addAndGet(Math.max(0, result) / region.pageSize());
        if (result == -Errno.ESRCH) {
          return false;
        }
      }
    }
    return true;
  }

  private static int pageBehindHole(ServedRegion region, long data) {
    long page = (data - region.positionOf(0)) / region.pageSize();
    return (int) Math.min(page, region.pages());
  }
}
