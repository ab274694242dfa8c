package org.godwit.wire.multifd;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;

/**
 * Decompresses the pages of one channel, whose packets continue one zlib stream (precopy-engine
 * 7.3). Belongs to the channel's thread.
 */
public final class MultifdInflater implements AutoCloseable {

  private static final int CHUNK = 16 * 1024;

  private final Inflater inflater = new Inflater();
  private final byte[] packed = new byte[CHUNK];
  private final byte[] page;
  private long rest;

  /**
   * Nothing was received on the channel yet.
   *
   * @param pageSize target page size, bytes
   */
  public MultifdInflater(int pageSize) {
    page = new byte[pageSize];
  }

  /**
   * Begins a packet.
   *
   * @param dataLength bytes of data it has
   */
  public void begin(long dataLength) {
    rest = dataLength;
  }

  /**
   * Decompresses the next page of the packet.
   *
   * @param in the channel, at the packet's data
   * @param into memory of the page
   * @param offset first byte of the page
   * @throws WireException of kind {@code COMPRESSION} when the data are damaged or too short
   * @throws IOException when the input ends or fails
   */
  public void page(WireInput in, MemorySegment into, long offset) throws IOException {
    int done = 0;
    while (done < page.length) {
      int step = inflate(in, done);
      if (step == 0 && inflater.needsInput()) {
        refill(in);
      } else if (step == 0) {
        throw fault(in, "a zlib stream that ends or needs a dictionary");
      }
      done += step;
    }
    MemorySegment.copy(page, 0, into, ValueLayout.JAVA_BYTE, offset, page.length);
  }

  /**
   * Ends a packet: nothing of its data may be left, nor may it hold more than its pages.
   *
   * @param in the channel
   * @throws WireException of kind {@code COMPRESSION} when something is left
   * @throws IOException when the input ends or fails
   */
  public void end(WireInput in) throws IOException {
    byte[] more = new byte[1];
    do {
      if (inflater.needsInput() && rest > 0) {
        refill(in);
      }
      if (drain(in, more) > 0) {
        throw fault(in, "more data than the packet's pages");
      }
    } while (rest > 0);
  }

  private int drain(WireInput in, byte[] more) throws WireException {
    try {
      return inflater.inflate(more, 0, 1);
    } catch (DataFormatException e) {
      throw fault(in, "damaged zlib data (" + e.getMessage() + ")");
    }
  }

  private int inflate(WireInput in, int done) throws WireException {
    try {
      return inflater.inflate(page, done, page.length - done);
    } catch (DataFormatException e) {
      throw fault(in, "damaged zlib data (" + e.getMessage() + ")");
    }
  }

  private void refill(WireInput in) throws IOException {
    if (rest == 0) {
      throw fault(in, "less data than the packet's pages");
    }
    int step = (int) Math.min(CHUNK, rest);
    in.copy(MemorySegment.ofArray(packed), 0, step);
    rest -= step;
    inflater.setInput(packed, 0, step);
  }

  private static WireException fault(WireInput in, String found) {
    return new WireException(
        WireException.Kind.COMPRESSION, in.position(), found, "exactly the packet's pages");
  }

  @Override
  public void close() {
    inflater.end();
  }
}
