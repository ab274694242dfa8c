package org.godwit.userfault.handover;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeFile;

/** The file with a guest's memory; any number of processes may share it. Thread-safe. */
final class MemoryFile implements PageSource {
  private final NativeFile file;
  private final long size;

  /** Whoever brings it to 0 closes the file. */
  private final AtomicInteger users = new AtomicInteger(1);

  private MemoryFile(NativeFile file, long size) {
    this.file = file;
    this.size = size;
  }

  static MemoryFile open(Path path) throws UserfaultException {
    try {
      NativeFile file = NativeFile.open(path, Set.of(NativeFile.Mode.READ));
      try {
        return new MemoryFile(file, file.size());
      } catch (LinuxException e) {
        file.close();
        throw e;
      }
    } catch (LinuxException e) {
      throw new UserfaultException("Memory file cannot be read: " + e.getMessage(), e);
    }
  }

  /** One more user, who closes it too; the caller is one that has not. */
  MemoryFile share() {
    users.incrementAndGet();
    return this;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long data(long position) throws UserfaultException {
    try {
      OptionalLong data = file.seekData(position);
      if (data.isEmpty() && file.size() < size) {
        throw shorter(file.size()); // what was cut off is no hole
      }
      return data.orElse(size);
    } catch (LinuxException e) {
      throw failed(position, e);
    }
  }

  @Override
  public long hole(long position) throws UserfaultException {
    try {
      return file.seekHole(position);
    } catch (LinuxException e) {
      throw failed(position, e);
    }
  }

  @Override
  public void read(MemorySegment into, long length, long position) throws UserfaultException {
    try {
      long read = file.readFully(into, 0, length, position);
      if (read < length) {
        throw shorter(position + read);
      }
    } catch (LinuxException e) {
      throw failed(position, e);
    }
  }

  private UserfaultException shorter(long end) {
    return new UserfaultException(
        "Memory file %s ends at %d, it had %d bytes".formatted(file, end, size));
  }

  private UserfaultException failed(long position, LinuxException e) {
    return new UserfaultException(
        "Memory file %s cannot be read at %d: %s".formatted(file, position, e.getMessage()), e);
  }

  @Override
  public void close() {
    if (users.decrementAndGet() == 0) {
      file.close();
    }
  }
}
