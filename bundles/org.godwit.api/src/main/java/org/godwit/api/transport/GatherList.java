package org.godwit.api.transport;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A recycled list of native memory pieces to be written in order.
 *
 * <p>The pieces are kept as an array of {@code struct iovec} (base and length, 8 bytes each), so a
 * transport that calls {@code writev} passes {@link #vectors()} on as it is. Adding allocates
 * nothing. Not thread-safe; whoever fills the list keeps the memory mapped until the write
 * returned.
 */
public final class GatherList {
  /** Bytes of one entry of {@link #vectors()}. */
  public static final int ENTRY_SIZE = 16;

  private final MemorySegment vectors;
  private final MemorySegment[] sources;
  private final long[] offsets;
  private int count;
  private long bytes;

  /**
   * Makes an empty list.
   *
   * @param capacity greatest number of pieces, 1 to 1024 (the kernel's IOV_MAX)
   * @param arena decides how long the native array lives
   */
  public GatherList(int capacity, Arena arena) {
    if (capacity < 1 || capacity > 1024) {
      throw new IllegalArgumentException("Capacity " + capacity + " is outside 1..1024");
    }
    vectors = arena.allocate((long) capacity * ENTRY_SIZE, Long.BYTES);
    sources = new MemorySegment[capacity];
    offsets = new long[capacity];
  }

  /**
   * Appends a piece; one that continues the last piece in memory lengthens it.
   *
   * @param from native memory
   * @param offset first byte
   * @param length number of bytes, more than 0
   * @throws IndexOutOfBoundsException if the range is outside the segment or the list is full
   */
  public void add(MemorySegment from, long offset, long length) {
    Objects.checkFromIndexSize(offset, length, from.byteSize());
    long address = from.address() + offset;
    if (continuesLast(from, address)) {
      setLength(count - 1, lengthAt(count - 1) + length);
    } else {
      append(from, offset, address, length);
    }
    bytes += length;
  }

  /** Forgets all pieces. */
  public void clear() {
    for (int i = 0; i < count; i++) {
      sources[i] = MemorySegment.NULL;
    }
    count = 0;
    bytes = 0;
  }

  /**
   * Whether no further piece fits.
   *
   * @return true if the next {@link #add} may fail
   */
  public boolean isFull() {
    return count == sources.length;
  }

  /**
   * Number of pieces.
   *
   * @return count
   */
  public int count() {
    return count;
  }

  /**
   * Sum of the lengths.
   *
   * @return bytes
   */
  public long bytes() {
    return bytes;
  }

  /**
   * The pieces as an array of {@code struct iovec}.
   *
   * @return native array; {@link #count()} entries are valid
   */
  public MemorySegment vectors() {
    return vectors;
  }

  /**
   * Memory that holds a piece, for transports that copy.
   *
   * @param index 0 to {@link #count()} - 1
   * @return the segment; the piece begins at {@link #offsetAt}
   */
  public MemorySegment sourceAt(int index) {
    return sources[index];
  }

  /**
   * Where a piece begins in its memory.
   *
   * @param index 0 to {@link #count()} - 1
   * @return offset in bytes
   */
  public long offsetAt(int index) {
    return offsets[index];
  }

  /**
   * Length of a piece.
   *
   * @param index 0 to {@link #count()} - 1
   * @return bytes
   */
  public long lengthAt(int index) {
    return vectors.get(ValueLayout.JAVA_LONG, (long) index * ENTRY_SIZE + Long.BYTES);
  }

  private void append(MemorySegment from, long offset, long address, long length) {
    sources[count] = from;
    offsets[count] = offset;
    vectors.set(ValueLayout.JAVA_LONG, (long) count * ENTRY_SIZE, address);
    setLength(count, length);
    count++;
  }

  private void setLength(int index, long length) {
    vectors.set(ValueLayout.JAVA_LONG, (long) index * ENTRY_SIZE + Long.BYTES, length);
  }

  // only within one segment: two segments may be neighbours by chance and differ in lifetime
  private boolean continuesLast(MemorySegment from, long address) {
    return count > 0 && sources[count - 1].equals(from) && endOfLast() == address;
  }

  private long endOfLast() {
    return vectors.get(ValueLayout.JAVA_LONG, (long) (count - 1) * ENTRY_SIZE)
        + lengthAt(count - 1);
  }
}
