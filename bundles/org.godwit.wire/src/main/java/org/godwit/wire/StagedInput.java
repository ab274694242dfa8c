package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A {@link WireInput} over a {@link ByteSource} with caller-given staging memory.
 *
 * <p>Nothing is allocated by a call except the string of {@link #countedString()}. Belongs to one
 * thread, the one that reads the channel.
 */
public final class StagedInput implements WireInput {

  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Smallest staging memory: a counted string must fit. */
  public static final int SMALLEST_STAGING = 512;

  private final ByteSource source;
  private final MemorySegment staging;
  private final long capacity;
  private final long directFrom;
  private final boolean whole;
  private long head;
  private long tail;
  private long base;

  /**
   * Reads a channel from its start.
   *
   * @param source where the bytes come from
   * @param staging memory for read-ahead, at least {@link #SMALLEST_STAGING} bytes; large enough
   *     for the largest {@link #require(int)}
   */
  public StagedInput(ByteSource source, MemorySegment staging) {
    this(source, staging, 0);
  }

  /**
   * Reads a channel whose next byte has the stream offset {@code position}.
   *
   * @param source where the bytes come from
   * @param staging memory for read-ahead, at least {@link #SMALLEST_STAGING} bytes
   * @param position what {@link #position()} shall say before the first byte is read
   */
  public StagedInput(ByteSource source, MemorySegment staging, long position) {
    if (staging.byteSize() < SMALLEST_STAGING) {
      throw new IllegalArgumentException(
          "Staging memory of "
              + staging.byteSize()
              + " bytes; at least "
              + SMALLEST_STAGING
              + " are needed.");
    }
    this.source = source;
    this.staging = staging;
    this.capacity = staging.byteSize();
    // Below this a separate read costs more than the copy through the (cached) staging memory.
    this.directFrom = Math.max(1, capacity / 4);
    this.base = position;
    this.whole = false;
  }

  private StagedInput(MemorySegment content, long position) {
    this.source = (into, offset, count) -> -1;
    this.staging = content;
    this.capacity = content.byteSize();
    this.directFrom = 1;
    this.tail = capacity;
    this.base = position;
    this.whole = true;
  }

  /**
   * Reads bytes that are in memory already, without copying them; any {@code require} up to the
   * rest of the content works.
   *
   * @param content the bytes
   * @param position stream offset of the first byte
   */
  public static StagedInput over(MemorySegment content, long position) {
    return new StagedInput(content, position);
  }

  @Override
  public int u8() throws IOException {
    ensure(1);
    return staging.get(ValueLayout.JAVA_BYTE, head++) & 0xFF;
  }

  @Override
  public int be16() throws IOException {
    ensure(2);
    int value = staging.get(BE16, head) & 0xFFFF;
    head += 2;
    return value;
  }

  @Override
  public long be32() throws IOException {
    ensure(4);
    long value = staging.get(BE32, head) & 0xFFFF_FFFFL;
    head += 4;
    return value;
  }

  @Override
  public long be64() throws IOException {
    ensure(8);
    long value = staging.get(BE64, head);
    head += 8;
    return value;
  }

  @Override
  public String countedString() throws IOException {
    int length = u8();
    ensure(length);
    byte[] bytes = new byte[length];
    MemorySegment.copy(staging, ValueLayout.JAVA_BYTE, head, bytes, 0, length);
    head += length;
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public long position() {
    return base + head;
  }

  @Override
  public void require(int length) throws IOException {
    ensure(length);
  }

  @Override
  public MemorySegment buffer() {
    return staging;
  }

  @Override
  public long bufferOffset() {
    return head;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, tail - head);
  }

  @Override
  public void skip(long length) throws IOException {
    long rest = length - takeStaged(length);
    while (rest > 0) {
      long passed = source.skip(rest);
      if (passed > 0) {
        base += passed;
        rest -= passed;
      } else {
        ensure(1);
        rest -= takeStaged(rest);
      }
    }
  }

  @Override
  public void copy(MemorySegment into, long offset, long length) throws IOException {
    long done = 0;
    while (done < length) {
      long rest = length - done;
      if (head < tail) {
        long step = Math.min(rest, tail - head);
        MemorySegment.copy(staging, head, into, offset + done, step);
        head += step;
        done += step;
      } else if (rest >= directFrom && !whole && fillable(into)) {
        done += readDirectly(into, offset + done, rest);
      } else {
        ensure(1);
      }
    }
  }

  /** A source that was given native staging memory may be able to fill such memory only. */
  private boolean fillable(MemorySegment into) {
    return into.isNative() || !staging.isNative();
  }

  @Override
  public boolean atEnd() throws IOException {
    return head == tail && !fill();
  }

  private long readDirectly(MemorySegment into, long offset, long length) throws IOException {
    long count = source.read(into, offset, length);
    if (count < 0) {
      throw truncated(length);
    }
    checkProgress(count);
    base += count;
    return count;
  }

  private long takeStaged(long length) {
    long step = Math.min(length, tail - head);
    head += step;
    return step;
  }

  private void ensure(int length) throws IOException {
    if (tail - head < length) {
      stage(length);
    }
  }

  private void stage(int length) throws IOException {
    if (whole) {
      throw truncated(length - (tail - head));
    }
    makeRoom(length);
    while (tail - head < length) {
      if (!fill()) {
        throw truncated(length - (tail - head));
      }
    }
  }

  private void makeRoom(int length) {
    if (length > capacity) {
      refuseRequire(length);
    }
    // a rest that is shorter than what is wanted is cheap to move, and a long read is worth it
    if (head > 0 && (capacity - tail < capacity / 2 || capacity - head < length)) {
      MemorySegment.copy(staging, head, staging, 0, tail - head);
      base += head;
      tail -= head;
      head = 0;
    }
  }

  private void refuseRequire(int length) {
    throw new IllegalArgumentException(
        "Cannot stage " + length + " bytes in a staging memory of " + capacity + " bytes.");
  }

  private boolean fill() throws IOException {
    if (whole) {
      return false;
    }
    if (head == tail) {
      base += head;
      head = 0;
      tail = 0;
    }
    long count = source.read(staging, tail, capacity - tail);
    if (count < 0) {
      return false;
    }
    checkProgress(count);
    tail += count;
    return true;
  }

  private static void checkProgress(long count) throws IOException {
    if (count == 0) {
      throw new IOException("The byte source returned no bytes although it may not.");
    }
  }

  private WireException truncated(long missing) {
    return WireException.truncated(base + tail, missing);
  }
}
