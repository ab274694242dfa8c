package org.godwit.userfault.handover;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.Errno;
import org.godwit.linux.FaultDescriptor;

/**
 * Places pages and notes what came of it. Results are those of the kernel: bytes placed, or {@code
 * -errno} of an error that has a meaning. Used by the service's thread alone.
 */
final class Placement {
  private final FaultDescriptor uffd;
  private final PageSource source;
  private final MemorySegment content;
  private final MemorySegment zeros;
  private long pages;
  private long zeroPages;

  /**
   * Allocates its buffers.
   *
   * @param page bytes of the largest page
   * @param run most bytes to place at once, unless a page is larger
   */
  Placement(FaultDescriptor uffd, PageSource source, Arena arena, long page, long run) {
    this.uffd = uffd;
    this.source = source;
    this.content = arena.allocate(Math.max(page, run), 4096);
    this.zeros = arena.allocate(page, 4096);
  }

  /** Pages placed with content. */
  long pages() {
    return pages;
  }

  /** Pages placed as zeros. */
  long zeroPages() {
    return zeroPages;
  }

  /** Places a page that somebody waits for, and those behind it, up to so many bytes. */
  long touched(ServedRegion region, int page, long bytes) throws UserfaultException {
    long position = region.positionOf(page);
    if (region.isRemoved(page) || source.data(position) >= position + region.pageSize()) {
      long size = region.pageSize();
      long result = placed(region, page, uffd.copy(region.addressOf(page), zeros.address(), size));
      zeroPages += result > 0 ? 1 : 0;
      return result;
    }
    // A page that was placed before can have gone without an event: it gets its content again.
    return run(region, page, bytes);
  }

  /**
   * Places content, up to so many bytes but one page at least: what is not placed yet, up to the
   * next hole of the file.
   */
  long run(ServedRegion region, int page, long bytes) throws UserfaultException {
    int limit =
        (int) Math.clamp(bytes / region.pageSize(), 1, content.byteSize() / region.pageSize());
    int count = Math.max(1, region.unplacedRun(page, limit));
    if (count > 1) {
      long data = source.hole(region.positionOf(page)) - region.positionOf(page);
      count = Math.clamp((data + region.pageSize() - 1) / region.pageSize(), 1, count);
    }
    long length = count * region.pageSize();
    source.read(content, length, region.positionOf(page));
    long at = region.addressOf(page);
    long result = placed(region, page, uffd.copy(at, content.address(), length));
    pages += Math.max(0, result) / region.pageSize();
    return result;
  }

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
}
