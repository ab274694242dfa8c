package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Works on memory by its plain address, in native state only: pages may be absent, and a thread
 * that waits for one here hinders no safepoint. The caller keeps the memory mapped.
 *
 * <p>Thread-safe.
 */
public final class RawMemory {
  private static final int MADV_DONTNEED_LOCKED = 24;
  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(8));

  private RawMemory() {}

  /**
   * Reads one byte; waits if its page is absent.
   *
   * @param address where
   * @return the byte
   */
  public static byte read(long address) {
    MemorySegment scratch = SCRATCH.get();
    MemoryCalls.memcpy(scratch.address(), address, 1);
    return scratch.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0);
  }

  /**
   * Copies out; waits for absent pages.
   *
   * @param address where the content begins
   * @param into native memory that is all present
   * @param intoOffset first byte there
   * @param length bytes
   */
  public static void read(long address, MemorySegment into, long intoOffset, long length) {
    MemorySegment target = into.asSlice(intoOffset, length);
    MemoryCalls.memcpy(target, MemorySegment.ofAddress(address), length);
  }

  /**
   * Copies in; waits for absent pages.
   *
   * @param address where the content goes
   * @param from native memory that is all present
   * @param fromOffset first byte there
   * @param length bytes
   */
  public static void write(long address, MemorySegment from, long fromOffset, long length) {
    MemorySegment source = from.asSlice(fromOffset, length);
    MemoryCalls.memcpy(MemorySegment.ofAddress(address), source, length);
  }

  /**
   * Makes pages absent: the content of private memory is dropped, also where it is locked, that of
   * shared memory in its file too.
   *
   * @param address first byte, page aligned
   * @param length bytes, whole pages
   * @param shared whether the memory is a shared mapping
   * @throws LinuxException if the kernel refuses
   */
  public static void discard(long address, long length, boolean shared) throws LinuxException {
    Mapping.Advice advice = shared ? Mapping.Advice.REMOVE : Mapping.Advice.DONTNEED;
    long n = advise(address, length, advice.number());
    if (n == -Errno.EINVAL && !shared) {
      n = advise(address, length, MADV_DONTNEED_LOCKED);
    }
    LinuxException.check("madvise %s at 0x%x +0x%x".formatted(advice, address, length), n);
  }

  /**
   * Forbids huge pages behind small ones: a write under a huge page makes its neighbours present.
   * Refused where they do not exist, which is as good.
   *
   * @param address first byte, page aligned
   * @param length bytes, whole pages
   */
  public static void smallPagesOnly(long address, long length) {
    advise(address, length, Mapping.Advice.NOHUGEPAGE.number());
  }

  private static long advise(long address, long length, int advice) {
    long n = -Errno.EINTR;
    while (n == -Errno.EINTR) {
      n = MemoryCalls.madvise(address, length, advice);
    }
    return n;
  }
}
