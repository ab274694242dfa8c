package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * An open regular file or memfd with positioned input and output on native memory.
 *
 * <p>Thread-safe: positioned calls share no position. {@link #close()} is effective once running
 * calls have left. All positions and lengths are bytes.
 */
public final class NativeFile implements AutoCloseable {
  private static final int O_CLOEXEC = 0x80000;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_HUGETLB = 4;
  private static final int SEEK_SET = 0;
  private static final int SEEK_END = 2;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int FALLOC_KEEP_SIZE = 1;
  private static final int FALLOC_PUNCH_HOLE = 2;

  private final Descriptor descriptor;
  private final String name;

  private NativeFile(Descriptor descriptor, String name) {
    this.descriptor = descriptor;
    this.name = name;
  }

  /**
   * Opens a file.
   *
   * @param path which
   * @param modes how; {@link Mode#READ} alone for reading
   * @return the open file
   * @throws LinuxException if it cannot be opened or created
   */
  public static NativeFile open(Path path, Set<Mode> modes) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long fd = FileCalls.open(arena.allocateFrom(path.toString()), flags(modes), 0666);
      LinuxException.check("open " + path, fd);
      return new NativeFile(Descriptor.adoptOrClose((int) fd), path.toString());
    }
  }

  /**
   * Makes an anonymous file of memory.
   *
   * @param name shown in {@code /proc/self/maps}; at most 249 bytes
   * @param length its size, all hole
   * @return the open file
   * @throws LinuxException if the kernel refuses
   */
  public static NativeFile memory(String name, long length) throws LinuxException {
    return memory(name, length, MFD_CLOEXEC);
  }

  /**
   * Makes an anonymous file of 2 MiB pages out of the host's pool of huge pages.
   *
   * @param name shown in {@code /proc/self/maps}; at most 249 bytes
   * @param length its size, a multiple of 2 MiB, all hole
   * @return the open file
   * @throws LinuxException if the kernel refuses
   */
  public static NativeFile hugeMemory(String name, long length) throws LinuxException {
    return memory(name, length, MFD_CLOEXEC | MFD_HUGETLB);
  }

  private static NativeFile memory(String name, long length, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long fd = MemoryCalls.memfdCreate(arena.allocateFrom(name), flags);
      LinuxException.check("memfd_create " + name, fd);
      NativeFile file = new NativeFile(Descriptor.adoptOrClose((int) fd), name);
      try {
        file.truncate(length);
        return file;
      } catch (LinuxException e) {
        file.close();
        throw e;
      }
    }
  }

  /**
   * The owner of the number, for handing it on.
   *
   * @return the descriptor, owned by this file
   */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Reads until the range is full or the file ends.
   *
   * @param buffer native memory
   * @param offset where in {@code buffer}
   * @param length how many bytes
   * @param position where in the file
   * @return the bytes read; less than {@code length} only at the end of the file
   * @throws LinuxException if reading fails
   */
  public long readFully(MemorySegment buffer, long offset, long length, long position)
      throws LinuxException {
    descriptor.enter("pread");
    try {
      long done = 0;
      while (done < length) {
        MemorySegment rest = buffer.asSlice(offset + done, length - done);
        long n = FileCalls.pread(number(), rest, length - done, position + done);
        if (n == 0) {
          break;
        }
        done += progress("pread", n, position + done);
      }
      return done;
    } finally {
      descriptor.leave();
    }
  }

  /**
   * Writes all of a range.
   *
   * @param buffer native memory
   * @param offset where in {@code buffer}
   * @param length how many bytes
   * @param position where in the file
   * @throws LinuxException if writing fails; part may have been written
   */
  public void writeFully(MemorySegment buffer, long offset, long length, long position)
      throws LinuxException {
    descriptor.enter("pwrite");
    try {
      long done = 0;
      while (done < length) {
        MemorySegment rest = buffer.asSlice(offset + done, length - done);
        long n = FileCalls.pwrite(number(), rest, length - done, position + done);
        done += progress("pwrite", n, position + done);
      }
    } finally {
      descriptor.leave();
    }
  }

  /**
   * Writes all of several ranges one behind the other.
   *
   * @param iovecs the ranges; used up, as {@link Descriptor#writev} tells
   * @param count how many ranges from the first on
   * @param position where in the file
   * @throws LinuxException if writing fails; part may have been written
   */
  public void writev(Iovecs iovecs, int count, long position) throws LinuxException {
    descriptor.enter("pwritev");
    try {
      long at = position;
      int next = iovecs.skip(0, count, 0);
      while (next < count) {
        int batch = Math.min(count - next, Iovecs.MAXIMUM);
        long n = FileCalls.pwritev(number(), iovecs.entries(next, batch), batch, at);
        long written = progress("pwritev", n, at);
        next = iovecs.skip(next, count, written);
        at += written;
      }
    } finally {
      descriptor.leave();
    }
  }

  /**
   * Reads what is there into several ranges.
   *
   * @param iovecs the ranges, not changed
   * @param from the first range to use
   * @param count how many
   * @param position where in the file
   * @return the bytes read, 0 at the end of the file
   * @throws LinuxException if reading fails
   */
  public long readv(Iovecs iovecs, int from, int count, long position) throws LinuxException {
    int used = Math.min(count, Iovecs.MAXIMUM);
    descriptor.enter("preadv");
    try {
      long n = -Errno.EINTR;
      while (n == -Errno.EINTR) {
        n = FileCalls.preadv(number(), iovecs.entries(from, used), used, position);
      }
      return LinuxException.check(at("preadv", position), n);
    } finally {
      descriptor.leave();
    }
  }

  /**
   * The file's size.
   *
   * @return bytes
   * @throws LinuxException if the descriptor is closed
   */
  public long size() throws LinuxException {
    return LinuxException.check("lseek SEEK_END " + name, seek(0, SEEK_END));
  }

  /**
   * Sets where reading and writing in order ({@link #descriptor()}) go on.
   *
   * @param position bytes from the begin
   * @throws LinuxException if the file has no positions
   */
  public void seek(long position) throws LinuxException {
    LinuxException.check(at("lseek SEEK_SET", position), seek(position, SEEK_SET));
  }

  /**
   * The first byte at or behind a position that is not in a hole.
   *
   * @param position where to begin
   * @return its position; empty if only hole follows
   * @throws LinuxException if the file system cannot tell
   */
  public OptionalLong seekData(long position) throws LinuxException {
    long found = seek(position, SEEK_DATA);
    if (found == -Errno.ENXIO) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(LinuxException.check(at("lseek SEEK_DATA", position), found));
  }

  /**
   * The first byte at or behind a position that is in a hole; the end of the file counts as one.
   *
   * @param position where to begin, less than the size
   * @return its position
   * @throws LinuxException if the position is behind the end
   */
  public long seekHole(long position) throws LinuxException {
    return LinuxException.check(at("lseek SEEK_HOLE", position), seek(position, SEEK_HOLE));
  }

  /**
   * Sets the size; what is added is hole.
   *
   * @param length the new size
   * @throws LinuxException if the file system refuses
   */
  public void truncate(long length) throws LinuxException {
    descriptor.enter("ftruncate");
    try {
      long n = FileCalls.ftruncate(number(), length);
      LinuxException.check(at("ftruncate", length), n);
    } finally {
      descriptor.leave();
    }
  }

  /**
   * Reserves space, so that later writes cannot fail for want of it; grows the file where needed.
   *
   * @param position where
   * @param length how many bytes, more than 0
   * @throws LinuxException with {@link Errno#ENOSPC} if there is no room
   */
  public void allocate(long position, long length) throws LinuxException {
    fallocate(0, position, length);
  }

  /**
   * Gives space back: the range reads as zero, the size stays.
   *
   * @param position where
   * @param length how many bytes, more than 0
   * @throws LinuxException if the file system has no holes
   */
  public void punchHole(long position, long length) throws LinuxException {
    fallocate(FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, position, length);
  }

  /**
   * Waits until data and metadata are on the medium.
   *
   * @throws LinuxException if an earlier write failed after all
   */
  public void sync() throws LinuxException {
    descriptor.enter("fsync");
    try {
      LinuxException.check("fsync " + name, FileCalls.fsync(number()));
    } finally {
      descriptor.leave();
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }

  @Override
  public String toString() {
    return name;
  }

  int number() {
    return descriptor.number();
  }

  private void fallocate(int mode, long position, long length) throws LinuxException {
    descriptor.enter("fallocate");
    try {
      long n = -Errno.EINTR;
      while (n == -Errno.EINTR) {
        n = FileCalls.fallocate(number(), mode, position, length);
      }
      LinuxException.check(at("fallocate +" + length, position), n);
    } finally {
      descriptor.leave();
    }
  }

  private long seek(long position, int whence) throws LinuxException {
    descriptor.enter("lseek");
    try {
      return FileCalls.lseek(number(), position, whence);
    } finally {
      descriptor.leave();
    }
  }

  private long progress(String operation, long result, long position) throws LinuxException {
    return result == -Errno.EINTR ? 0 : LinuxException.check(at(operation, position), result);
  }

  private String at(String operation, long position) {
    return operation + " " + name + " at " + position;
  }

  private static int flags(Set<Mode> modes) {
    boolean write = modes.contains(Mode.WRITE);
    int flags = O_CLOEXEC | (write ? modes.contains(Mode.READ) ? 2 : 1 : 0);
    for (Mode mode : modes) {
      flags |= mode.flag;
    }
    return flags;
  }

  /** How a file is opened. */
  public enum Mode {
    /** For reading. */
    READ(0),
    /** For writing. */
    WRITE(0),
    /** Made if it does not exist. */
    CREATE(0x40),
    /** Made, and an error if it exists; together with {@link #CREATE}. */
    EXCLUSIVE(0x80),
    /** Emptied. */
    TRUNCATE(0x200);

    /** A new file for reading and writing that must not exist. */
    public static final Set<Mode> NEW =
        java.util.Collections.unmodifiableSet(EnumSet.of(READ, WRITE, CREATE, EXCLUSIVE));

    private final int flag;

    Mode(int flag) {
      this.flag = flag;
    }
  }
}
