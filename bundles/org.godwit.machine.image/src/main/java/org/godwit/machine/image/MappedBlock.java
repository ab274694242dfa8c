package org.godwit.machine.image;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;

/** A RAM block of an image, mapped read-only. */
record MappedBlock(Manifest.Block entry, MemorySegment content, DataExtents data)
    implements RamBlock {
  private static final int USUAL_PAGE = 4096;

  @Override
  public String name() {
    return entry.name();
  }

  @Override
  public long length() {
    return entry.length();
  }

  @Override
  public long pageSize() {
    return entry.pageSize() == 0 ? USUAL_PAGE : entry.pageSize();
  }

  @Override
  public long guestAddress() {
    return entry.guestAddress();
  }

  @Override
  public Optional<MemorySegment> mapping() {
    return Optional.of(content);
  }

  @Override
  public void read(long offset, MemorySegment into, long intoOffset, long length) {
    long _ = Objects.checkFromIndexSize(offset, length, length());
    MemorySegment.copy(content, offset, into, intoOffset, length);
  }

  @Override
  public long nextData(long offset) {
    return data.next(offset, length());
  }

  @Override
  public void write(long offset, MemorySegment from, long fromOffset, long length)
      throws MachineException {
    throw unchangeable();
  }

  @Override
  public void zero(long offset, long length) throws MachineException {
    throw unchangeable();
  }

  private MachineException unchangeable() {
    return new MachineException(
        "Block \"" + name() + "\" belongs to an image, which never changes");
  }
}
