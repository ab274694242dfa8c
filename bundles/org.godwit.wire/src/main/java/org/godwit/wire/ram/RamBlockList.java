package org.godwit.wire.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.godwit.wire.CountedStrings;

/**
 * The RAM blocks of a stream in their order, with a lookup by name that allocates nothing.
 * Immutable and safe to share between threads.
 */
public final class RamBlockList {

  private final List<RamBlockEntry> entries;
  private final byte[][] names;
  private final MemorySegment[] counted;
  private final int[] table;
  private final int mask;

  /**
   * Builds the list.
   *
   * @param entries blocks in stream order
   * @throws IllegalArgumentException when two have the same name, or a name cannot be sent
   */
  public RamBlockList(List<RamBlockEntry> entries) {
    this.entries = List.copyOf(entries);
    int count = entries.size();
    names = new byte[count][];
    counted = new MemorySegment[count];
    mask = Math.max(4, Integer.highestOneBit(count) * 4) - 1;
    table = new int[mask + 1];
    for (int i = 0; i < count; i++) {
      add(i);
    }
  }

  private void add(int index) {
    byte[] name = CountedStrings.encode(entries.get(index).name());
    MemorySegment segment = MemorySegment.ofArray(name);
    if (find(segment, 0, name.length) >= 0) {
      throw new IllegalArgumentException(
          "Two RAM blocks have the name \"" + entries.get(index).name() + "\".");
    }
    byte[] onWire = new byte[1 + name.length];
    onWire[0] = (byte) name.length;
    System.arraycopy(name, 0, onWire, 1, name.length);
    names[index] = name;
    counted[index] = MemorySegment.ofArray(onWire).asReadOnly();
    int slot = hash(segment, 0, name.length) & mask;
    while (table[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    table[slot] = index + 1;
  }

  /** The blocks in stream order. */
  public List<RamBlockEntry> entries() {
    return entries;
  }

  /** Number of blocks. */
  public int size() {
    return names.length;
  }

  /**
   * One block.
   *
   * @param index 0 to {@code size() - 1}
   */
  public RamBlockEntry get(int index) {
    return entries.get(index);
  }

  /** Sum of the used lengths, bytes. */
  public long totalBytes() {
    return entries.stream().mapToLong(RamBlockEntry::usedLength).sum();
  }

  /**
   * Index of a block.
   *
   * @param name name
   * @return index, or -1 when there is no such block
   */
  public int indexOf(String name) {
    byte[] bytes = CountedStrings.encode(name);
    return find(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  /**
   * Index of the block whose name stands in memory.
   *
   * @param memory where the name stands
   * @param offset first byte of the name
   * @param length bytes of the name, without a length byte
   * @return index, or -1 when there is no such block
   */
  public int find(MemorySegment memory, long offset, int length) {
    int slot = hash(memory, offset, length) & mask;
    while (table[slot] != 0) {
      int index = table[slot] - 1;
      if (same(names[index], memory, offset, length)) {
        return index;
      }
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** The name with its length byte, ready to be written; read-only. */
  MemorySegment counted(int index) {
    return counted[index];
  }

  private static boolean same(byte[] name, MemorySegment memory, long offset, int length) {
    if (name.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name[i] != memory.get(ValueLayout.JAVA_BYTE, offset + i)) {
        return false;
      }
    }
    return true;
  }

  private static int hash(MemorySegment memory, long offset, int length) {
    int hash = length;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + memory.get(ValueLayout.JAVA_BYTE, offset + i);
    }
    return hash ^ (hash >>> 15);
  }
}
