package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A reusable array of memory ranges for gathering writes and scattering reads ({@code struct
 * iovec}: address and length, 8 bytes each).
 *
 * <p>The entries hold plain addresses: the caller keeps the memory they name alive until the call
 * has returned. Not thread-safe.
 */
public final class Iovecs {
  /** The most ranges that one system call takes ({@code IOV_MAX}). */
  public static final int MAXIMUM = 1024;

  static final long ENTRY = 16;

  private final MemorySegment array;
  private final int capacity;

  private Iovecs(MemorySegment array, int capacity) {
    this.array = array;
    this.capacity = capacity;
  }

  /**
   * Allocates an array.
   *
   * @param arena the array's lifetime
   * @param capacity how many ranges it can hold; may exceed {@link #MAXIMUM} for writing
   * @return an array of empty ranges
   */
  public static Iovecs allocate(Arena arena, int capacity) {
    return new Iovecs(arena.allocate(capacity * ENTRY, Long.BYTES), capacity);
  }

  /**
   * How many ranges fit.
   *
   * @return the capacity given at allocation
   */
  public int capacity() {
    return capacity;
  }

  /**
   * Sets a range by address, without allocating.
   *
   * @param index which entry
   * @param address the native address of the first byte
   * @param length bytes
   */
  public void set(int index, long address, long length) {
    array.set(Calls.LONG, index * ENTRY, address);
    array.set(Calls.LONG, index * ENTRY + Long.BYTES, length);
  }

  /**
   * Sets a range of a segment, checking that it lies within the segment.
   *
   * @param index which entry
   * @param segment native memory
   * @param offset where in the segment
   * @param length bytes
   */
  public void set(int index, MemorySegment segment, long offset, long length) {
    java.util.Objects.checkFromIndexSize(offset, length, segment.byteSize());
    set(index, segment.address() + offset, length);
  }

  /**
   * The bytes left in a range.
   *
   * @param index which entry
   * @return its length
   */
  public long length(int index) {
    return array.get(Calls.LONG, index * ENTRY + Long.BYTES);
  }

  MemorySegment entries(int from, int count) {
    return array.asSlice(from * ENTRY, count * ENTRY);
  }

  /**
   * Takes bytes off the front of the ranges and passes over empty ones; reading in parts uses it.
   *
   * @param from the first range not used up
   * @param count the end of the ranges in use
   * @param bytes how many bytes were transferred
   * @return the first range that still has bytes, or {@code count}
   */
  public int skip(int from, int count, long bytes) {
    int index = from;
    long left = bytes;
    while (index < count && length(index) <= left) {
      left -= length(index);
      index++;
    }
    if (left > 0) {
      long address = array.get(Calls.LONG, index * ENTRY);
      set(index, address + left, length(index) - left);
    }
    return index;
  }
}
