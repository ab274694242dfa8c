package org.godwit.savestate.ram;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.PageGate;
import org.godwit.api.machine.PostcopyMemory;
import org.godwit.api.machine.RamBlock;

/**
 * Memory that is there for nobody.
 *
 * @param name of the block
 * @param length bytes
 * @param pageSize bytes of a host page
 */
record AbsentMemory(String name, long length, long pageSize) implements RamBlock, PostcopyMemory {
  @Override
  public long guestAddress() {
    return 0;
  }

  @Override
  public Optional<MemorySegment> mapping() {
    return Optional.empty();
  }

  @Override
  public Optional<PostcopyMemory> postcopy() {
    return Optional.of(this);
  }

  @Override
  public GuestMemory memory() {
    return new GuestMemory.Foreign(length, length, pageSize);
  }

  @Override
  public void prepare() {}

  @Override
  public void guard(PageGate gate) {}

  @Override
  public void release() {}

  @Override
  public void read(long offset, MemorySegment into, long intoOffset, long length) {
    throw new AssertionError("read");
  }

  @Override
  public void write(long offset, MemorySegment from, long fromOffset, long length) {
    throw new AssertionError("write");
  }

  @Override
  public void zero(long offset, long length) {
    throw new AssertionError("zero");
  }
}
