package org.godwit.coordinator;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import org.godwit.api.savestate.StateReader;
import org.godwit.api.transport.Channel;
import org.godwit.wire.StagedInput;
import org.godwit.wire.WireInput;

/**
 * One direction of a channel being read through recycled native staging memory. Serves the codec
 * and the save-state handlers alike, so both see one position.
 *
 * <p>Belongs to the thread that reads the channel; {@link #received()} may be asked by any thread.
 */
final class ChannelReader implements StateReader, WireInput, AutoCloseable {
  /** Staging of a forward stream; a larger one falls out of the cache of most processors. */
  static final int STREAM_STAGING = 512 << 10;

  /** Staging of a return path. */
  static final int MESSAGE_STAGING = 4096;

  /** How long a peer that was told the end may take to close its direction. */
  private static final long FAREWELL_MILLIS = 2000;

  /** More than the longest vmdescription; a peer that still sends then is left alone. */
  private static final long MOST_LATE = 32L << 20;

  private final Arena arena = Arena.ofShared();
  private final Channel channel;
  private final StagedInput in;
  private Optional<ReadAhead> ahead = Optional.empty();
  // volatile: written by the reading thread alone, read by whoever asks for statistics
  private volatile long received;

  /**
   * Reads a channel.
   *
   * @param channel the channel
   * @param staging bytes of staging memory
   * @param watch told about every read that waits
   */
  ChannelReader(Channel channel, int staging, StallWatch watch) {
    this.channel = channel;
    in =
        new StagedInput(
            (into, offset, length) -> read(watch, into, offset, length),
            arena.allocate(staging, 64));
  }

  private ChannelReader(long length, long position, ChannelReader from) throws IOException {
    MemorySegment content = arena.allocate(length, 64);
    from.copy(content, 0, length);
    channel = from.channel;
    in = StagedInput.over(content, position);
  }

  /**
   * Reads the content of a package completely, so that it can be read beside the channel.
   *
   * @param length bytes, within the limits
   * @return a reader of that content, for another thread; the caller closes it
   * @throws IOException if the input ends before
   */
  ChannelReader packaged(long length) throws IOException {
    return new ChannelReader(length, position(), this);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // single writer
  private int read(StallWatch watch, MemorySegment into, long offset, long length)
      throws IOException {
    watch.begin();
    int count = 0;
    try {
      count =
          ahead.isPresent()
              ? ahead.get().take(into, offset, length)
              : channel.read(into, offset, length);
    } finally {
      watch.end(Math.max(0, count));
    }
    received += Math.max(0, count);
    ahead = ahead.filter(reading -> !reading.spent());
    return count;
  }

  @Override
  public Wait waitForMore(Duration atMost) throws IOException {
    if (in.available() == 0) {
      ReadAhead reading = ahead.orElseGet(() -> new ReadAhead(channel));
      ahead = Optional.of(reading);
      if (!reading.within(atMost)) {
        return Wait.QUIET;
      }
    }
    return in.atEnd() ? Wait.END : Wait.MORE;
  }

  /** Reads up to the end of the input and forgets it. */
  void drain() throws IOException {
    while (!in.atEnd()) {
      in.skip(in.available());
    }
  }

  /**
   * Reads on for a little while, for a peer that was told the end and may still write: what it
   * wrote must not meet a connection that is gone.
   *
   * @return how many bytes came that nobody wanted
   * @throws IOException if the connection breaks
   */
  long farewell() throws IOException {
    long before = received;
    long rest = in.available();
    in.skip(rest);
    while (received - before < MOST_LATE
        && waitForMore(Duration.ofMillis(FAREWELL_MILLIS)) == Wait.MORE) {
      in.skip(in.available());
    }
    return rest + received - before;
  }

  /** Bytes that came from the channel. */
  long received() {
    return received;
  }

  @Override
  public int u8() throws IOException {
    return in.u8();
  }

  @Override
  public int be16() throws IOException {
    return in.be16();
  }

  @Override
  public long be32() throws IOException {
    return in.be32();
  }

  @Override
  public long be64() throws IOException {
    return in.be64();
  }

  @Override
  public String countedString() throws IOException {
    return in.countedString();
  }

  @Override
  public void bytes(MemorySegment into, long offset, long length) throws IOException {
    in.copy(into, offset, length);
  }

  @Override
  public void copy(MemorySegment into, long offset, long length) throws IOException {
    in.copy(into, offset, length);
  }

  @Override
  public int some(MemorySegment into, long offset, int length) throws IOException {
    if (in.atEnd()) {
      return -1;
    }
    int count = Math.min(length, in.available());
    in.copy(into, offset, count);
    return count;
  }

  @Override
  public void require(int length) throws IOException {
    in.require(length);
  }

  @Override
  public MemorySegment buffer() {
    return in.buffer();
  }

  @Override
  public long bufferOffset() {
    return in.bufferOffset();
  }

  @Override
  public int available() {
    return in.available();
  }

  @Override
  public boolean waitForMore() throws IOException {
    return !in.atEnd();
  }

  @Override
  public void skip(long length) throws IOException {
    in.skip(length);
  }

  @Override
  public boolean atEnd() throws IOException {
    return in.atEnd();
  }

  @Override
  public long position() {
    return in.position();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      ahead.ifPresent(reading -> reading.finish(FAREWELL_MILLIS));
      arena.close();
    }
  }
}
