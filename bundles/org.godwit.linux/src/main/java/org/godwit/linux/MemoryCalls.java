package org.godwit.linux;

import static org.godwit.linux.Calls.INT;
import static org.godwit.linux.Calls.LONG;
import static org.godwit.linux.Calls.POINTER;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Facades over calls on memory; results follow {@link Calls}. */
final class MemoryCalls {
  private static final MethodHandle MMAP =
      Calls.bind("mmap", LONG, LONG, LONG, INT, INT, INT, LONG);
  private static final MethodHandle MUNMAP = Calls.bind("munmap", INT, LONG, LONG);
  private static final MethodHandle MADVISE = Calls.bind("madvise", INT, LONG, LONG, INT);
  private static final MethodHandle MEMFD_CREATE = Calls.bind("memfd_create", INT, POINTER, INT);
  private static final MethodHandle MLOCK2 = Calls.bind("mlock2", INT, LONG, LONG, INT);
  private static final MethodHandle MEMCPY = Calls.bind("memcpy", LONG, POINTER, POINTER, LONG);

  private static final MethodHandle MEMCPY_RAW = Calls.bind("memcpy", LONG, LONG, LONG, LONG);
  private static final MethodHandle MPROTECT = Calls.bind("mprotect", INT, LONG, LONG, INT);

  private MemoryCalls() {}

  static int mprotect(long address, long length, int protection) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) MPROTECT.invokeExact(errno, address, length, protection), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  /** The address, or {@code -1 .. -4095}: user addresses never reach the sign bit. */
  static long mmap(long address, long length, int protection, int flags, int fd, long offset) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result(
          (long) MMAP.invokeExact(errno, address, length, protection, flags, fd, offset), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int munmap(long address, long length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) MUNMAP.invokeExact(errno, address, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int madvise(long address, long length, int advice) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) MADVISE.invokeExact(errno, address, length, advice), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int memfdCreate(MemorySegment name, int flags) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) MEMFD_CREATE.invokeExact(errno, name, flags), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int mlock2(long address, long length, int flags) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) MLOCK2.invokeExact(errno, address, length, flags), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long memcpy(MemorySegment target, MemorySegment source, long length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) MEMCPY.invokeExact(errno, target, source, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  /** Copies between plain addresses, in native state: either side may fault and wait. */
  static void memcpy(long target, long source, long length) {
    try {
      long _ = (long) MEMCPY_RAW.invokeExact(Calls.capture(), target, source, length);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }
}
