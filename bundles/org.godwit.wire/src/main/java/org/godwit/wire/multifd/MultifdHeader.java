package org.godwit.wire.multifd;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.godwit.wire.CountedStrings;
import org.godwit.wire.WireOutput;

/**
 * Header of a multifd packet (precopy-engine 7.3): a mutable flyweight over one buffer of the full
 * header length, reused for every packet of a channel. Belongs to the thread of the channel.
 */
public final class MultifdHeader {

  /** Barrier between rounds. */
  public static final int SYNC = 0x01;

  /** Bits of the compression method. */
  public static final int COMPRESSION = 0x3E;

  /** A packet of device state, not of pages. */
  public static final int DEVICE_STATE = 0x40;

  /** Bytes of pages one packet can take. */
  public static final int PACKET_BYTES = 512 * 1024;

  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int NAME = 64;
  private static final int NAME_BYTES = 256;
  private static final int OFFSETS = 320;

  private final MemorySegment bytes;
  private final int capacity;

  /**
   * An empty header.
   *
   * @param pageSize target page size, bytes
   */
  public MultifdHeader(int pageSize) {
    capacity = Math.max(1, PACKET_BYTES / pageSize);
    bytes = MemorySegment.ofArray(new byte[length(pageSize)]);
    clear();
  }

  /**
   * Length of every header.
   *
   * @param pageSize target page size, bytes
   */
  public static int length(int pageSize) {
    return OFFSETS + 8 * Math.max(1, PACKET_BYTES / pageSize);
  }

  /** Largest number of pages in one packet. */
  public int capacity() {
    return capacity;
  }

  /** Sets everything to zero but magic and version. */
  public void clear() {
    bytes.fill((byte) 0);
    bytes.set(BE32, 0, (int) MultifdHello.MAGIC);
    bytes.set(BE32, 4, (int) MultifdHello.VERSION);
  }

  /**
   * Sets the fixed fields.
   *
   * @param flags SYNC and compression bits
   * @param pagesAllocated capacity as sent
   * @param normal pages with data
   * @param zero pages full of zeroes
   * @param dataBytes bytes of data behind the header
   * @param number packet number
   */
  public void set(
      int flags, int pagesAllocated, int normal, int zero, long dataBytes, long number) {
    bytes.set(BE32, 8, flags);
    bytes.set(BE32, 12, pagesAllocated);
    bytes.set(BE32, 16, normal);
    bytes.set(BE32, 20, (int) dataBytes);
    bytes.set(BE64, 24, number);
    bytes.set(BE32, 32, zero);
  }

  /**
   * Sets the block name.
   *
   * @param name name
   */
  public void setBlock(String name) {
    byte[] encoded = CountedStrings.encode(name);
    bytes.asSlice(NAME, NAME_BYTES).fill((byte) 0);
    MemorySegment.copy(encoded, 0, bytes, ValueLayout.JAVA_BYTE, NAME, encoded.length);
  }

  /**
   * Sets one page offset; normal pages come first, then zero pages.
   *
   * @param index 0 to {@code capacity() - 1}
   * @param offset offset inside the block, bytes
   */
  public void setOffset(int index, long offset) {
    bytes.set(BE64, OFFSETS + 8L * index, offset);
  }

  /** Flags as sent. */
  public int flags() {
    return bytes.get(BE32, 8);
  }

  /** Whether this packet is a barrier. */
  public boolean sync() {
    return (flags() & SYNC) != 0;
  }

  /** {@code pages_alloc}, unsigned. */
  public long pagesAllocated() {
    return bytes.get(BE32, 12) & 0xFFFF_FFFFL;
  }

  /** Number of pages with data, unsigned. */
  public long normalPages() {
    return bytes.get(BE32, 16) & 0xFFFF_FFFFL;
  }

  /** {@code next_packet_size} as sent; meaningless without pages with data. */
  public long nextPacketSize() {
    return bytes.get(BE32, 20) & 0xFFFF_FFFFL;
  }

  /** Packet number. */
  public long packetNumber() {
    return bytes.get(BE64, 24);
  }

  /** Number of zero pages, unsigned. */
  public long zeroPages() {
    return bytes.get(BE32, 32) & 0xFFFF_FFFFL;
  }

  /** Block name; a left-over of an earlier packet when the packet has no pages. */
  public String block() {
    int length = nameLength();
    byte[] name = new byte[length];
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, NAME, name, 0, length);
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  /** Offset of the page with this index, bytes. */
  public long offset(int index) {
    return bytes.get(BE64, OFFSETS + 8L * index);
  }

  /** The raw header; changes with the next packet. */
  public MemorySegment bytes() {
    return bytes;
  }

  /**
   * Writes the header.
   *
   * @param out the channel
   * @throws IOException when the output fails
   */
  public void write(WireOutput out) throws IOException {
    out.bytes(bytes, 0, bytes.byteSize());
  }

  int nameLength() {
    int length = 0;
    while (length < NAME_BYTES && bytes.get(ValueLayout.JAVA_BYTE, NAME + length) != 0) {
      length++;
    }
    return Math.min(length, CountedStrings.LONGEST);
  }

  long nameOffset() {
    return NAME;
  }

  long magic() {
    return bytes.get(BE32, 0) & 0xFFFF_FFFFL;
  }

  long version() {
    return bytes.get(BE32, 4) & 0xFFFF_FFFFL;
  }
}
