package org.godwit.coordinator;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.godwit.api.savestate.StateWriter;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.wire.CountedStrings;
import org.godwit.wire.WireOutput;

/**
 * The forward stream on its way into a channel: small items are collected in recycled native
 * memory, pages are referred to where they lie, and both go out with one gathering write. Nothing
 * is allocated or copied per page.
 *
 * <p>Belongs to the sending thread; {@link #handedOver()} may be asked by any thread.
 */
final class GatherWriter implements StateWriter, WireOutput, AutoCloseable {
  /** Pieces of one write: heads and pages alternate, so 256 pages. */
  static final int MOST_PIECES = 512;

  /** A write is due when so many bytes are waiting. */
  static final long FULL_AT = 1L << 20;

  /** The same with a stall timeout, so that a slow peer's progress shows within it. */
  static final long FULL_AT_WATCHED = 256L << 10;

  private static final int HEADS = 64 << 10;
  private static final ValueLayout.OfShort BE16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Channel channel;
  private final StallWatch watch;
  private final long fullAt;
  // shared: a transport may hand the pieces to a thread of its own
  private final Arena arena = Arena.ofShared();
  private final MemorySegment heads = arena.allocate(HEADS, 64);
  private final GatherList pieces = new GatherList(MOST_PIECES, arena);
  private long used;
  private long listed;
  private long flushed;
  // volatile: written by the sending thread alone, read by whoever asks for statistics
  private volatile long handedOver;

  GatherWriter(Channel channel, StallWatch watch, boolean watched) {
    this.channel = channel;
    this.watch = watch;
    this.fullAt = watched ? FULL_AT_WATCHED : FULL_AT;
  }

  @Override
  public void u8(int value) throws IOException {
    room(1);
    heads.set(ValueLayout.JAVA_BYTE, used, (byte) value);
    used += 1;
  }

  @Override
  public void be16(int value) throws IOException {
    room(2);
    heads.set(BE16, used, (short) value);
    used += 2;
  }

  @Override
  public void be32(long value) throws IOException {
    room(4);
    heads.set(BE32, used, (int) value);
    used += 4;
  }

  @Override
  public void be64(long value) throws IOException {
    room(8);
    heads.set(BE64, used, value);
    used += 8;
  }

  @Override
  public void countedString(String text) throws IOException {
    byte[] bytes = CountedStrings.encode(text);
    u8(bytes.length);
    bytes(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  @Override
  public void bytes(MemorySegment from, long offset, long length) throws IOException {
    long done = 0;
    while (done < length) {
      room(1);
      long step = Math.min(length - done, HEADS - used);
      MemorySegment.copy(from, offset + done, heads, used, step);
      used += step;
      done += step;
    }
  }

  @Override
  public void reference(MemorySegment from, long offset, long length) throws IOException {
    if (pieces.count() > MOST_PIECES - 3) {
      flush();
    }
    listHeads();
    pieces.add(from, offset, length);
    if (pieces.bytes() >= fullAt) {
      flush();
    }
  }

  @Override
  public void flush() throws IOException {
    listHeads();
    if (pieces.bytes() == 0) {
      return;
    }
    watch.begin();
    long written = 0;
    try {
      channel.write(pieces);
      written = pieces.bytes();
    } finally {
      watch.end(written);
    }
    flushed += written;
    handedOver = flushed;
    pieces.clear();
    used = 0;
    listed = 0;
  }

  @Override
  public long position() {
    return flushed + pieces.bytes() + used - listed;
  }

  /** Goes on with another channel; what the last one did not take is forgotten. */
  void attach(Channel next) {
    channel = next;
    pieces.clear();
    used = 0;
    listed = 0;
  }

  /** Bytes that the channel has taken. */
  long handedOver() {
    return handedOver;
  }

  /** Releases the memory; nothing is flushed. */
  @Override
  public void close() {
    arena.close();
  }

  private void room(int bytes) throws IOException {
    if (HEADS - used < bytes) {
      flush();
    }
  }

  private void listHeads() {
    if (used > listed) {
      pieces.add(heads, listed, used - listed);
      listed = used;
    }
  }
}
