package org.godwit.userfault.software;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.godwit.api.machine.GuestMemory;

/** Memory that nothing but its gate protects. */
record GatedArray(MemorySegment content, long pageSize) implements GuestMemory.Gated {
  static GatedArray zeros(long length, long pageSize) {
    return new GatedArray(Arena.ofAuto().allocate(length, pageSize), pageSize);
  }

  byte at(long offset) {
    return content.get(ValueLayout.JAVA_BYTE, offset);
  }

  @Override
  public long length() {
    return content.byteSize();
  }

  @Override
  public void place(long offset, MemorySegment from, long fromOffset, long length) {
    MemorySegment.copy(from, fromOffset, content, offset, length);
  }

  @Override
  public void placeZero(long offset, long length) {
    content.asSlice(offset, length).fill((byte) 0);
  }

  @Override
  public void drop(long offset, long length) {
    content.asSlice(offset, length).fill((byte) 0);
  }
}
