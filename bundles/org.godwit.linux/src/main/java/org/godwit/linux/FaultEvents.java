package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Room for what one read of a userfaultfd brings; used again and again by one thread.
 *
 * <p>Layout of {@code struct uffd_msg}: event (1 byte), 7 reserved, then for a fault flags (8),
 * address (8), thread (4); for a removal start (8) and end (8); for a fork a descriptor (4); 32
 * bytes in all.
 */
public final class FaultEvents {
  static final long ENTRY = 32;
  private static final int FAULT = 0x12;
  private static final int FORK = 0x13;
  private static final int REMOVE = 0x15;
  private static final int UNMAP = 0x16;
  private static final long FLAG_WRITE = 1;

  private final MemorySegment buffer;

  private FaultEvents(MemorySegment buffer) {
    this.buffer = buffer;
  }

  /**
   * Allocates room.
   *
   * @param arena how long it lives
   * @param capacity how many events a read can bring
   * @return the room
   */
  public static FaultEvents allocate(Arena arena, int capacity) {
    return new FaultEvents(arena.allocate(capacity * ENTRY, 8));
  }

  MemorySegment buffer() {
    return buffer;
  }

  /**
   * Whether a thread waits for a page.
   *
   * @param index which event
   * @return true for a missing page
   */
  public boolean isFault(int index) {
    return kind(index) == FAULT;
  }

  /**
   * Whether memory was given back ({@code MADV_DONTNEED}, {@code MADV_REMOVE}) or unmapped.
   *
   * @param index which event
   * @return true if {@link #start} to {@link #end} went away
   */
  public boolean isRemoval(int index) {
    return kind(index) == REMOVE || kind(index) == UNMAP;
  }

  /**
   * The address that a thread waits for.
   *
   * @param index a fault
   * @return address, at a small page's begin
   */
  public long address(int index) {
    return buffer.get(Calls.LONG, index * ENTRY + 16);
  }

  /**
   * The waiting thread.
   *
   * @param index a fault
   * @return the kernel's number, 0 if it was not asked for
   */
  public int thread(int index) {
    return buffer.get(Calls.INT, index * ENTRY + 24);
  }

  /**
   * What the thread wants to do.
   *
   * @param index a fault
   * @return true for a write
   */
  public boolean write(int index) {
    return (buffer.get(Calls.LONG, index * ENTRY + 8) & FLAG_WRITE) != 0;
  }

  /**
   * Where a removal begins.
   *
   * @param index a removal
   * @return address of the first byte
   */
  public long start(int index) {
    return buffer.get(Calls.LONG, index * ENTRY + 8);
  }

  /**
   * Where a removal ends.
   *
   * @param index a removal
   * @return address behind the last byte
   */
  public long end(int index) {
    return buffer.get(Calls.LONG, index * ENTRY + 16);
  }

  /**
   * Closes descriptors that came with events: a process whose faults are handed over and that forks
   * sends one for its child, which nobody here serves.
   *
   * @param count how many events there are
   */
  void closeForks(int count) {
    for (int i = 0; i < count; i++) {
      if (kind(i) == FORK) {
        FileCalls.close(buffer.get(Calls.INT, i * ENTRY + 8));
      }
    }
  }

  private int kind(int index) {
    return buffer.get(ValueLayout.JAVA_BYTE, index * ENTRY) & 0xff;
  }
}
