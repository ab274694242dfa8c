package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells which pages of a mapping were written, through userfaultfd's asynchronous write protection
 * and {@code PAGEMAP_SCAN} (Linux 6.7).
 *
 * <p>It sees writes by guest vCPUs, by native and Java code of this process and by system calls
 * such as {@code read}, as long as they go through the tracked mapping; writes through another
 * mapping of the same memfd are missed. Nothing blocks a writer: its first write to a page only
 * takes about a microsecond longer.
 *
 * <p>Threads: one thread scans; writers are not disturbed. {@link #close()} by the owner, before
 * the mapping is closed.
 */
public final class WriteTracker implements AutoCloseable {
  private static final int REGIONS = 512;
  private static final long PAGE = Mapping.PAGE;
  static final long FEATURES =
      Userfaultfd.FEATURE_PAGEFAULT_FLAG_WP
          | Userfaultfd.FEATURE_WP_HUGETLBFS_SHMEM
          | Userfaultfd.FEATURE_WP_UNPOPULATED
          | Userfaultfd.FEATURE_WP_ASYNC;

  private final Descriptor uffd;
  private final NativeFile pagemap;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scan = arena.allocate(Userfaultfd.SCAN);
  private final MemorySegment regions = arena.allocate(Userfaultfd.REGION, REGIONS);
  private final long start;
  private final long length;
  private final Runnable onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  private WriteTracker(
      Descriptor uffd, NativeFile pagemap, long start, long length, Runnable onClose) {
    this.uffd = uffd;
    this.pagemap = pagemap;
    this.start = start;
    this.length = length;
    this.onClose = onClose;
  }

  /**
   * Looks whether this host can track writes, by tracking one for real: kernels exist on which such
   * an interface takes every call and reports nothing.
   *
   * @return empty if it works, else the reason in a sentence
   */
  public static Optional<String> unsupported() {
    try (Mapping probe = Mapping.anonymous(4 * PAGE);
        WriteTracker tracker = open(probe.segment());
        Arena arena = Arena.ofConfined()) {
      MemorySegment bitmap = arena.allocate(ValueLayout.JAVA_LONG);
      probe.segment().set(ValueLayout.JAVA_BYTE, PAGE, (byte) 1);
      tracker.protect();
      long before = tracker.fetch(bitmap);
      probe.segment().set(ValueLayout.JAVA_BYTE, 2 * PAGE, (byte) 1);
      long after = tracker.fetch(bitmap);
      boolean works = before == 0 && after == 1 && bitmap.get(ValueLayout.JAVA_LONG, 0) == 4;
      return works
          ? Optional.empty()
          : Optional.of("write protection is accepted but does not report a written page");
    } catch (LinuxException e) {
      return Optional.of(
          "this kernel or user may not track writes (Linux 6.7 with userfaultfd is wanted): "
              + e.getMessage());
    }
  }

  /**
   * Registers a range for tracking. Nothing is protected yet: call {@link #protect()}.
   *
   * @param memory page-aligned native memory, one mapping, which stays mapped while this is open
   * @return the tracker
   * @throws LinuxException if the kernel or the user's rights do not allow it
   */
  public static WriteTracker open(MemorySegment memory) throws LinuxException {
    return open(memory.address(), memory.byteSize());
  }

  /**
   * As {@link #open(MemorySegment)}, for memory that Java code has no segment of.
   *
   * @param address first byte, page aligned
   * @param length bytes, whole pages
   * @return the tracker
   * @throws LinuxException if the kernel or the user's rights do not allow it
   */
  public static WriteTracker open(long address, long length) throws LinuxException {
    Descriptor uffd = UserfaultOpening.open(FEATURES);
    NativeFile pagemap = null;
    try {
      register(uffd, address, length);
      pagemap = pagemap();
      return new WriteTracker(uffd, pagemap, address, length, uffd::close);
    } finally {
      if (pagemap == null) {
        uffd.close();
      }
    }
  }

  /**
   * Tracks a range by a descriptor that traps its absent pages as well. It has to be {@linkplain
   * FaultDescriptor#register(long, long, boolean) registered} for that.
   *
   * @param shared the descriptor, which outlives the tracker
   * @param address first byte, page aligned
   * @param length bytes, whole pages
   * @param onClose called once when the tracker is closed
   * @return the tracker
   * @throws LinuxException if the kernel or the user's rights do not allow it
   */
  public static WriteTracker over(
      FaultDescriptor shared, long address, long length, Runnable onClose) throws LinuxException {
    return new WriteTracker(shared.descriptor(), pagemap(), address, length, onClose);
  }

  private static NativeFile pagemap() throws LinuxException {
    return NativeFile.open(Path.of("/proc/self/pagemap"), Set.of(NativeFile.Mode.READ));
  }

  private static void register(Descriptor uffd, long address, long length) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(Userfaultfd.REGISTER);
      request.set(Calls.LONG, 0, address);
      request.set(Calls.LONG, 8, length);
      request.set(Calls.LONG, 16, Userfaultfd.REGISTER_MODE_WP);
      long n = FileCalls.ioctl(uffd.number(), Userfaultfd.IOC_REGISTER, request);
      LinuxException.check("ioctl UFFDIO_REGISTER of " + length + " bytes", n);
    }
  }

  /**
   * Forgets every write so far and begins to note them.
   *
   * @throws LinuxException if the kernel refuses
   */
  public void protect() throws LinuxException {
    uffd.enter("ioctl UFFDIO_WRITEPROTECT");
    try (Arena local = Arena.ofConfined()) {
      MemorySegment request = local.allocate(Userfaultfd.WRITE_PROTECT);
      request.set(Calls.LONG, 0, start);
      request.set(Calls.LONG, 8, length);
      request.set(Calls.LONG, 16, Userfaultfd.WRITE_PROTECT_MODE_WP);
      long n = -Errno.EAGAIN;
      while (n == -Errno.EAGAIN) { // the mapping is being changed elsewhere
        n = FileCalls.ioctl(uffd.number(), Userfaultfd.IOC_WRITE_PROTECT, request);
      }
      LinuxException.check("ioctl UFFDIO_WRITEPROTECT of " + length + " bytes", n);
    } finally {
      uffd.leave();
    }
  }

  /**
   * Fetches the pages written since the last fetch or {@link #protect()} and notes anew, in one
   * step for each page: no write between is lost.
   *
   * @param bitmap 64-bit words, least significant bit first, one bit a page of 4096 bytes; bits are
   *     only set
   * @return how many bits were clear before and are set now
   * @throws LinuxException if the kernel refuses; the words may have been set in part
   */
  public long fetch(MemorySegment bitmap) throws LinuxException {
    uffd.enter("ioctl PAGEMAP_SCAN");
    try {
      long added = 0;
      long at = start;
      while (at < start + length) {
        prepareScan(at);
        long n = FileCalls.ioctl(pagemap.number(), Userfaultfd.IOC_PAGEMAP_SCAN, scan);
        if (n == -Errno.EINTR) {
          continue;
        }
        LinuxException.check("ioctl PAGEMAP_SCAN at +" + (at - start), n);
        added += collect((int) n, bitmap);
        at = scan.get(Calls.LONG, 32);
      }
      return added;
    } finally {
      uffd.leave();
    }
  }

  private void prepareScan(long from) {
    scan.set(Calls.LONG, 0, Userfaultfd.SCAN.byteSize());
    scan.set(Calls.LONG, 8, Userfaultfd.SCAN_WP_MATCHING | Userfaultfd.SCAN_CHECK_WPASYNC);
    scan.set(Calls.LONG, 16, from);
    scan.set(Calls.LONG, 24, start + length);
    scan.set(Calls.LONG, 32, from);
    scan.set(Calls.LONG, 40, regions.address());
    scan.set(Calls.LONG, 48, REGIONS);
    scan.set(Calls.LONG, 56, 0);
    scan.set(Calls.LONG, 64, 0);
    scan.set(Calls.LONG, 72, Userfaultfd.PAGE_IS_WRITTEN);
    scan.set(Calls.LONG, 80, 0);
    scan.set(Calls.LONG, 88, Userfaultfd.PAGE_IS_WRITTEN);
  }

  private long collect(int count, MemorySegment bitmap) {
    long added = 0;
    for (int i = 0; i < count; i++) {
      long at = i * Userfaultfd.REGION.byteSize();
      long first = (regions.get(Calls.LONG, at) - start) / PAGE;
      long end = (regions.get(Calls.LONG, at + 8) - start) / PAGE;
      added += Bits.set(bitmap, first, end);
    }
    return added;
  }

  /** Ends tracking; a second call has no effect. The mapping stays as it is. */
  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      onClose.run();
      pagemap.close();
      arena.close();
    }
  }
}
