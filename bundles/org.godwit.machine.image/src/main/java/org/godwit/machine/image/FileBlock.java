package org.godwit.machine.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.linux.Errno;
import org.godwit.linux.Iovecs;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeFile;

/**
 * A RAM block that is being received into a sparse file.
 *
 * <p>Positioned writes, not a mapping: a full disk must be an error of a call, not a signal. Pages
 * in a row go to the kernel by one gathering write straight from the stream's staging memory; other
 * pieces are collected first, because a system call for each costs more than a copy. Nothing is
 * allocated a page. Thread-safe by one lock, taken once a run and held only for a copy or a write.
 */
final class FileBlock implements RamBlock, AutoCloseable {
  private static final int STAGE = 256 << 10;
  private static final int USUAL_PAGE = 4096;
  private static final int EFBIG = 27;

  private final BlockAnnouncement announced;
  private final Path path;
  private final NativeFile file;
  private final Arena arena;
  private final WrittenPages written;
  private final MemorySegment stage;
  private final Iovecs iovecs;
  private final ReentrantLock lock = new ReentrantLock();
  private long stageBegin;
  private int staged;
  private boolean closed;

  private FileBlock(BlockAnnouncement announced, Path path, NativeFile file, Arena arena) {
    this.arena = arena;
    this.announced = announced;
    this.path = path;
    this.file = file;
    this.written = new WrittenPages(announced.length(), arena);
    this.stage = arena.allocate(Math.min(STAGE, announced.length()), USUAL_PAGE);
    this.iovecs = Iovecs.allocate(arena, Iovecs.MAXIMUM);
  }

  static FileBlock create(BlockAnnouncement announced, Path path) throws MachineException {
    try {
      NativeFile file = NativeFile.open(path, NativeFile.Mode.NEW);
      Arena arena = Arena.ofShared();
      try {
        file.truncate(announced.length());
        return new FileBlock(announced, path, file, arena);
      } catch (LinuxException | RuntimeException | OutOfMemoryError e) {
        file.close();
        arena.close();
        throw e;
      }
    } catch (OutOfMemoryError e) {
      throw tooLong(announced, e);
    } catch (LinuxException e) {
      if (e.errno() == EFBIG || e.errno() == Errno.EINVAL) {
        throw tooLong(announced, e);
      }
      throw new MachineException(
          "Block \""
              + announced.name()
              + "\" of "
              + announced.length()
              + " bytes got no file: "
              + e.getMessage(),
          e);
    }
  }

  /** A length that no file and no table can have is the peer's fault; others may still come. */
  private static RefusedException tooLong(BlockAnnouncement announced, Throwable cause) {
    RefusedException refused =
        new RefusedException(
            "The peer announced block \""
                + announced.name()
                + "\" of "
                + announced.length()
                + " bytes, which is more than can be kept here: "
                + cause.getMessage());
    Throwable _ = refused.initCause(cause);
    return refused;
  }

  @Override
  public String name() {
    return announced.name();
  }

  @Override
  public long length() {
    return announced.length();
  }

  @Override
  public long pageSize() {
    return announced.pageSize() == 0 ? USUAL_PAGE : announced.pageSize();
  }

  @Override
  public long guestAddress() {
    return announced.guestAddress();
  }

  /** Always empty: a write to a mapping of a full disk would be a signal. */
  @Override
  public Optional<MemorySegment> mapping() {
    return Optional.empty();
  }

  @Override
  public void read(long offset, MemorySegment into, long intoOffset, long length)
      throws MachineException {
    check(offset, length);
    lock.lock();
    try {
      requireOpen();
      flushStage();
      // the stage is free now and native, which the target need not be
      for (long done = 0; done < length; ) {
        long count = Math.min(stage.byteSize(), length - done);
        long _ = file.readFully(stage, 0, count, offset + done);
        MemorySegment.copy(stage, 0, into, intoOffset + done, count);
        done += count;
      }
    } catch (LinuxException e) {
      throw failed("read", offset, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(long offset, MemorySegment from, long fromOffset, long length)
      throws MachineException {
    check(offset, length);
    lock.lock();
    try {
      requireOpen();
      for (long done = 0; done < length; ) {
        done += stage(offset + done, from, fromOffset + done, length - done);
      }
    } catch (LinuxException e) {
      throw failed("written", offset, e);
    } finally {
      lock.unlock();
    }
  }

  /** Without a copy of ours: the kernel takes the pages from where they came in. */
  @Override
  public void writePages(
      long offset, MemorySegment from, long fromOffset, long stride, int pageSize, int pages)
      throws MachineException {
    check(offset, (long) pages * pageSize);
    lock.lock();
    try {
      requireOpen();
      flushStage();
      written.mark(offset, (long) pages * pageSize);
      for (int done = 0; done < pages; done += Iovecs.MAXIMUM) {
        int count = Math.min(Iovecs.MAXIMUM, pages - done);
        for (int i = 0; i < count; i++) {
          iovecs.set(i, from, fromOffset + (done + i) * stride, pageSize);
        }
        file.writev(iovecs, count, offset + (long) done * pageSize);
      }
    } catch (LinuxException e) {
      throw failed("written", offset, e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void zero(long offset, long length) throws MachineException {
    check(offset, length);
    lock.lock();
    try {
      requireOpen();
      if (length > 0 && written.any(offset, length)) {
        flushStage();
        file.punchHole(offset, length);
        written.clear(offset, length);
      }
    } catch (LinuxException e) {
      throw failed("written", offset, e);
    } finally {
      lock.unlock();
    }
  }

  /** Hands everything to the kernel. */
  void flush() throws MachineException {
    lock.lock();
    try {
      requireOpen();
      flushStage();
    } catch (LinuxException e) {
      throw failed("written", stageBegin, e);
    } finally {
      lock.unlock();
    }
  }

  /** Brings everything to the disk; other threads may go on reading. */
  void sync() throws IOException {
    file.sync();
  }

  Path path() {
    return path;
  }

  BlockAnnouncement announced() {
    return announced;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        file.close();
        arena.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes as much as fits into the stage; gives the number of bytes taken. */
  private long stage(long offset, MemorySegment from, long fromOffset, long length)
      throws LinuxException {
    if (offset != stageBegin + staged || staged == stage.byteSize()) {
      flushStage();
      stageBegin = offset;
    }
    long count = Math.min(length, stage.byteSize() - staged);
    MemorySegment.copy(from, fromOffset, stage, staged, count);
    written.mark(offset, count);
    staged += (int) count;
    return count;
  }

  private void flushStage() throws LinuxException {
    if (staged > 0) {
      file.writeFully(stage, 0, staged, stageBegin);
      staged = 0;
    }
  }

  private void check(long offset, long length) {
    long _ = Objects.checkFromIndexSize(offset, length, announced.length());
  }

  private void requireOpen() throws MachineException {
    if (closed) {
      throw new MachineException("Block \"" + name() + "\" was given up");
    }
  }

  private MachineException failed(String what, long offset, LinuxException e) {
    String reason = e.errno() == Errno.ENOSPC ? "the disk is full" : e.getMessage();
    return new MachineException(
        "Block \""
            + name()
            + "\" cannot be "
            + what
            + " at offset "
            + offset
            + " of "
            + path
            + ": "
            + reason,
        e);
  }
}
