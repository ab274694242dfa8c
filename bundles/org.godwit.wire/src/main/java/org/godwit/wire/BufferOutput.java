package org.godwit.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A {@link WireOutput} that collects everything in one growing array on the heap: for packages,
 * images of single messages, and tests. Not for guest memory of any size. Belongs to one thread.
 */
public final class BufferOutput implements WireOutput {

  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private byte[] content;
  private MemorySegment segment;
  private int length;

  /** Starts empty. */
  public BufferOutput() {
    content = new byte[1024];
    segment = MemorySegment.ofArray(content);
  }

  @Override
  public void u8(int value) {
    room(1);
    content[length++] = (byte) value;
  }

  @Override
  public void be16(int value) {
    room(2);
    segment.set(BE16, length, (short) value);
    length += 2;
  }

  @Override
  public void be32(long value) {
    room(4);
    segment.set(BE32, length, (int) value);
    length += 4;
  }

  @Override
  public void be64(long value) {
    room(8);
    segment.set(BE64, length, value);
    length += 8;
  }

  @Override
  public void countedString(String value) {
    byte[] bytes = CountedStrings.encode(value);
    u8(bytes.length);
    bytes(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  @Override
  public void bytes(MemorySegment from, long offset, long count) {
    room(count);
    MemorySegment.copy(from, offset, segment, length, count);
    length += (int) count;
  }

  @Override
  public void reference(MemorySegment from, long offset, long count) {
    bytes(from, offset, count);
  }

  @Override
  public long position() {
    return length;
  }

  /** The bytes written so far, as a read-only view that later writes do not change. */
  public MemorySegment written() {
    return segment.asSlice(0, length).asReadOnly();
  }

  /** A copy of the bytes written so far. */
  public byte[] toByteArray() {
    return Arrays.copyOf(content, length);
  }

  /** Forgets everything written; the position starts at 0 again. */
  public void clear() {
    length = 0;
  }

  private void room(long count) {
    if (content.length - length >= count) {
      return;
    }
    long wanted = Math.max(length + count, Math.min(2L * content.length, Integer.MAX_VALUE - 16));
    if (wanted > Integer.MAX_VALUE - 16) {
      throw new IllegalStateException("More than 2 GiB cannot be collected in one array.");
    }
    content = Arrays.copyOf(content, (int) wanted);
    segment = MemorySegment.ofArray(content);
  }
}
