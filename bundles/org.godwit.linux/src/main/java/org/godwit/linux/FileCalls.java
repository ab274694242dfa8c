package org.godwit.linux;

import static org.godwit.linux.Calls.INT;
import static org.godwit.linux.Calls.LONG;
import static org.godwit.linux.Calls.POINTER;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Facades over calls on any descriptor and on files; results follow {@link Calls}. */
final class FileCalls {
  private static final MethodHandle OPEN = Calls.bindVariadic("open", 2, INT, POINTER, INT, INT);
  private static final MethodHandle CLOSE = Calls.bind("close", INT, INT);
  private static final MethodHandle READ = Calls.bind("read", LONG, INT, POINTER, LONG);
  private static final MethodHandle WRITE = Calls.bind("write", LONG, INT, POINTER, LONG);
  private static final MethodHandle READV = Calls.bind("readv", LONG, INT, POINTER, INT);
  private static final MethodHandle WRITEV = Calls.bind("writev", LONG, INT, POINTER, INT);
  private static final MethodHandle PREAD = Calls.bind("pread", LONG, INT, POINTER, LONG, LONG);
  private static final MethodHandle PWRITE = Calls.bind("pwrite", LONG, INT, POINTER, LONG, LONG);
  private static final MethodHandle PREADV = Calls.bind("preadv", LONG, INT, POINTER, INT, LONG);
  private static final MethodHandle PWRITEV = Calls.bind("pwritev", LONG, INT, POINTER, INT, LONG);
  private static final MethodHandle LSEEK = Calls.bind("lseek", LONG, INT, LONG, INT);
  private static final MethodHandle FTRUNCATE = Calls.bind("ftruncate", INT, INT, LONG);
  private static final MethodHandle FALLOCATE = Calls.bind("fallocate", INT, INT, INT, LONG, LONG);
  private static final MethodHandle FSYNC = Calls.bind("fsync", INT, INT);
  private static final MethodHandle FCNTL = Calls.bindVariadic("fcntl", 2, INT, INT, INT, LONG);
  private static final MethodHandle POLL = Calls.bind("poll", INT, POINTER, LONG, INT);
  private static final MethodHandle EVENTFD = Calls.bind("eventfd", INT, INT, INT);
  private static final MethodHandle PIPE2 = Calls.bind("pipe2", INT, POINTER, INT);
  private static final MethodHandle UNLINK = Calls.bind("unlink", INT, POINTER);
  private static final MethodHandle IOCTL = Calls.bindVariadic("ioctl", 2, INT, INT, LONG, POINTER);
  private static final MethodHandle IOCTL_VALUE =
      Calls.bindVariadic("ioctl", 2, INT, INT, LONG, LONG);

  private FileCalls() {}

  static int open(MemorySegment path, int flags, int mode) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) OPEN.invokeExact(errno, path, flags, mode), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int close(int fd) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) CLOSE.invokeExact(errno, fd), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long read(int fd, MemorySegment buffer, long length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) READ.invokeExact(errno, fd, buffer, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long write(int fd, MemorySegment buffer, long length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) WRITE.invokeExact(errno, fd, buffer, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long readv(int fd, MemorySegment iovecs, int count) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) READV.invokeExact(errno, fd, iovecs, count), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long writev(int fd, MemorySegment iovecs, int count) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) WRITEV.invokeExact(errno, fd, iovecs, count), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long pread(int fd, MemorySegment buffer, long length, long position) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) PREAD.invokeExact(errno, fd, buffer, length, position), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long pwrite(int fd, MemorySegment buffer, long length, long position) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) PWRITE.invokeExact(errno, fd, buffer, length, position), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long preadv(int fd, MemorySegment iovecs, int count, long position) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) PREADV.invokeExact(errno, fd, iovecs, count, position), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long pwritev(int fd, MemorySegment iovecs, int count, long position) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) PWRITEV.invokeExact(errno, fd, iovecs, count, position), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long lseek(int fd, long position, int whence) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) LSEEK.invokeExact(errno, fd, position, whence), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int ftruncate(int fd, long length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) FTRUNCATE.invokeExact(errno, fd, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int fallocate(int fd, int mode, long position, long length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) FALLOCATE.invokeExact(errno, fd, mode, position, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int fsync(int fd) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) FSYNC.invokeExact(errno, fd), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int fcntl(int fd, int command, long argument) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) FCNTL.invokeExact(errno, fd, command, argument), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int poll(MemorySegment entries, long count, int millis) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) POLL.invokeExact(errno, entries, count, millis), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int eventfd(int initial, int flags) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) EVENTFD.invokeExact(errno, initial, flags), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int pipe2(MemorySegment pair, int flags) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) PIPE2.invokeExact(errno, pair, flags), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int unlink(MemorySegment path) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) UNLINK.invokeExact(errno, path), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int ioctl(int fd, long request, MemorySegment argument) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) IOCTL.invokeExact(errno, fd, request, argument), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int ioctlValue(int fd, long request, long argument) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) IOCTL_VALUE.invokeExact(errno, fd, request, argument), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }
}
