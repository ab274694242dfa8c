package org.godwit.machine.mapped;

import java.lang.foreign.MemorySegment;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.MachineException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;

/**
 * Memory of this process that nobody reaches without having waited at the block's gate. The kernel
 * traps nothing in it, so that Java code may touch all of it at any time. Thread-safe.
 */
record GatedMapping(Mapping mapping, Mapping.Advice discard) implements GuestMemory.Gated {

  @Override
  public long length() {
    return mapping.length();
  }

  @Override
  public long pageSize() {
    return Mapping.PAGE;
  }

  @Override
  public void place(long offset, MemorySegment from, long fromOffset, long length) {
    MemorySegment.copy(from, fromOffset, mapping.segment(), offset, length);
  }

  @Override
  public void placeZero(long offset, long length) {
    mapping.segment().asSlice(offset, length).fill((byte) 0);
  }

  @Override
  public void drop(long offset, long length) throws MachineException {
    try {
      mapping.advise(discard, offset, length);
    } catch (LinuxException e) {
      throw new MachineException("Memory at offset " + offset + " cannot be given back", e);
    }
  }
}
