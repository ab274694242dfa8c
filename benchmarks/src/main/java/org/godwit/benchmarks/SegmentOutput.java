package org.godwit.benchmarks;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.godwit.wire.WireOutput;

/** Writes into a fixed piece of memory; referenced bytes are copied only if asked for. */
final class SegmentOutput implements WireOutput {
  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final MemorySegment segment;
  private long position;
  private boolean copyReferences;

  SegmentOutput(MemorySegment segment) {
    this.segment = segment;
  }

  void copyReferences(boolean copy) {
    copyReferences = copy;
  }

  void rewind() {
    position = 0;
  }

  MemorySegment written() {
    return segment.asSlice(0, position);
  }

  @Override
  public void u8(int value) {
    segment.set(ValueLayout.JAVA_BYTE, position++, (byte) value);
  }

  @Override
  public void be16(int value) {
    segment.set(BE16, position, (short) value);
    position += 2;
  }

  @Override
  public void be32(long value) {
    segment.set(BE32, position, (int) value);
    position += 4;
  }

  @Override
  public void be64(long value) {
    segment.set(BE64, position, value);
    position += 8;
  }

  @Override
  public void countedString(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    u8(bytes.length);
    bytes(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  @Override
  public void bytes(MemorySegment from, long offset, long length) {
    MemorySegment.copy(from, offset, segment, position, length);
    position += length;
  }

  @Override
  public void reference(MemorySegment from, long offset, long length) {
    if (copyReferences) {
      bytes(from, offset, length);
    }
  }

  @Override
  public long position() {
    return position;
  }
}
