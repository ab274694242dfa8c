package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A memory mapping with one owner: whoever made it closes it, everyone else gets its segment.
 *
 * <p>The segment lives in a shared arena of the mapping: any thread may use it, use after {@link
 * #close()} is an {@link IllegalStateException} instead of a crash, and closing while a native call
 * holds the segment is refused. Plain addresses taken from it ({@link Iovecs}, {@code KVM} slots)
 * are not guarded: end those users first. Closing does a handshake with all threads (milliseconds),
 * so it belongs to the end of a machine, not to a data path.
 */
@SuppressWarnings("restricted") // mmap's result becomes a segment of exactly the mapped length here
public final class Mapping implements AutoCloseable {
  /** Bytes of a small page, the unit of all ranges here. */
  public static final int PAGE = 4096;

  private static final int PROT_NONE = 0;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int PROT_EXEC = 4;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  private static final int MAP_HUGETLB = 0x40000;
  private static final long HUGE = 2L << 20;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;

  private Mapping(long address, long length, long reserved, long reservedLength) {
    segment =
        MemorySegment.ofAddress(address)
            .reinterpret(length, arena, gone -> MemoryCalls.munmap(reserved, reservedLength));
  }

  /**
   * Maps private anonymous memory, aligned to huge pages, without reserving swap.
   *
   * @param length bytes, a multiple of {@link #PAGE}
   * @return all zero memory
   * @throws LinuxException if the address space or a limit is exhausted
   */
  public static Mapping anonymous(long length) throws LinuxException {
    return aligned(length, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  }

  /**
   * Maps private anonymous memory of 2 MiB pages out of the host's pool of huge pages.
   *
   * @param length bytes, a multiple of 2 MiB
   * @return all zero memory
   * @throws LinuxException if the pool has not so many free pages
   */
  public static Mapping hugePages(long length) throws LinuxException {
    return aligned(length, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
  }

  /**
   * Maps a file shared, aligned to huge pages; for a memfd all mappings see the same memory.
   *
   * @param file the file, which may be closed afterwards
   * @param length bytes from its beginning, a multiple of {@link #PAGE}
   * @return the file's content
   * @throws LinuxException if the kernel refuses
   */
  public static Mapping shared(NativeFile file, long length) throws LinuxException {
    file.descriptor().enter("mmap");
    try {
      return aligned(length, MAP_SHARED | MAP_NORESERVE, file.number());
    } finally {
      file.descriptor().leave();
    }
  }

  /** Maps a device's control page such as {@code struct kvm_run}. */
  static Mapping device(int fd, long length) throws LinuxException {
    long at = map(0, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    return new Mapping(at, length, at, length);
  }

  /** Maps memory that holds machine code; it is copied in and then made read-only. */
  static Mapping executable(byte[] code) throws LinuxException {
    long length = ((long) code.length + PAGE - 1) / PAGE * PAGE;
    long at = map(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    Mapping mapping = new Mapping(at, length, at, length);
    MemorySegment.copy(
        code, 0, mapping.segment, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, code.length);
    long n = MemoryCalls.mprotect(at, length, PROT_READ | PROT_EXEC);
    if (n != 0) {
      mapping.close();
      throw LinuxException.of("mprotect of " + length + " bytes for code", n);
    }
    return mapping;
  }

  /** Reserves room for the alignment, then maps over it; the edges stay unusable. */
  private static Mapping aligned(long length, int flags, int fd) throws LinuxException {
    if (length <= 0 || length % PAGE != 0) {
      throw new IllegalArgumentException("mapping of " + length + " bytes; wanted whole pages");
    }
    long reservedLength = length + HUGE;
    int reserve = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    long reserved = map(0, reservedLength, PROT_NONE, reserve, -1);
    long at = (reserved + HUGE - 1) / HUGE * HUGE;
    try {
      map(at, length, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd);
    } catch (LinuxException e) {
      MemoryCalls.munmap(reserved, reservedLength);
      throw e;
    }
    return new Mapping(at, length, reserved, reservedLength);
  }

  private static long map(long at, long length, int protection, int flags, int fd)
      throws LinuxException {
    long result = MemoryCalls.mmap(at, length, protection, flags, fd, 0);
    return LinuxException.check("mmap of " + length + " bytes", result);
  }

  /**
   * The mapped memory.
   *
   * @return a segment of exactly the mapped length; unusable after {@link #close()}
   */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * The mapped length.
   *
   * @return bytes
   */
  public long length() {
    return segment.byteSize();
  }

  /**
   * Advises the kernel about a range.
   *
   * @param advice what
   * @param offset first byte, a multiple of {@link #PAGE}
   * @param length bytes, a multiple of {@link #PAGE}
   * @throws LinuxException if the kernel refuses the advice for this kind of memory
   */
  public void advise(Advice advice, long offset, long length) throws LinuxException {
    int n = tryAdvise(advice, offset, length);
    LinuxException.check("madvise " + advice + " at " + offset + " +" + length, n);
  }

  /**
   * As {@link #advise}, for advice that may be refused without harm.
   *
   * @param advice what
   * @param offset first byte, a multiple of {@link #PAGE}
   * @param length bytes, a multiple of {@link #PAGE}
   * @return 0, or {@code -errno}
   */
  public int tryAdvise(Advice advice, long offset, long length) {
    long address = range(offset, length);
    int n = -Errno.EINTR;
    while (n == -Errno.EINTR || (n == -Errno.EAGAIN && advice.populates)) {
      n = MemoryCalls.madvise(address, length, advice.number);
    }
    return n;
  }

  /**
   * Keeps pages in memory once they are there, without faulting them in ({@code MLOCK_ONFAULT}).
   *
   * @throws LinuxException if the limit on locked memory is too low
   */
  public void lockOnFault() throws LinuxException {
    long n = MemoryCalls.mlock2(range(0, length()), length(), 1);
    LinuxException.check("mlock2 of " + length() + " bytes", n);
  }

  /**
   * Copies into the mapping from native code, which unlike Java code may fault on a page that a
   * userfault server has yet to fill.
   *
   * @param offset where in the mapping
   * @param source native memory
   * @param sourceOffset where in the source
   * @param length bytes
   */
  public void copyIn(long offset, MemorySegment source, long sourceOffset, long length) {
    MemorySegment to = segment.asSlice(offset, length);
    MemoryCalls.memcpy(to, source.asSlice(sourceOffset, length), length);
  }

  /**
   * Unmaps. A second call has no effect.
   *
   * @throws IllegalStateException if a native call still holds the segment
   */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  private long range(long offset, long length) {
    java.util.Objects.checkFromIndexSize(offset, length, length());
    return segment.address() + offset;
  }

  /** What the kernel is told about a range. */
  public enum Advice {
    /** Throw the content of private anonymous memory away. */
    DONTNEED(4, false),
    /** Throw the content of shared memory away, in the file too. */
    REMOVE(9, false),
    /** Use huge pages. */
    HUGEPAGE(14, false),
    /** Use small pages only. */
    NOHUGEPAGE(15, false),
    /** Make every page present for reading (Linux 5.14). */
    POPULATE_READ(22, true),
    /** Make every page present and writable (Linux 5.14). */
    POPULATE_WRITE(23, true);

    private final int number;
    private final boolean populates;

    Advice(int number, boolean populates) {
      this.number = number;
      this.populates = populates;
    }

    int number() {
      return number;
    }
  }
}
