package org.godwit.wire.multifd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.zip.Deflater;

/**
 * Compresses the pages of one channel into one zlib stream, flushed at the end of each packet
 * (precopy-engine 7.3). Belongs to the channel's thread.
 */
public final class MultifdDeflater implements AutoCloseable {

  private final Deflater deflater;
  private final byte[] page;
  private byte[] packed = new byte[64 * 1024];
  private int length;

  /**
   * Nothing was sent on the channel yet.
   *
   * @param pageSize target page size, bytes
   * @param level 0 to 9, parameter {@code multifd-zlib-level}
   */
  public MultifdDeflater(int pageSize, int level) {
    deflater = new Deflater(level);
    page = new byte[pageSize];
  }

  /** Begins a packet. */
  public void begin() {
    length = 0;
  }

  /**
   * Adds a page to the packet.
   *
   * @param from memory of the page
   * @param offset first byte of the page
   */
  public void page(MemorySegment from, long offset) {
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, page, 0, page.length);
    deflater.setInput(page);
    while (!deflater.needsInput()) {
      drain(Deflater.NO_FLUSH);
    }
  }

  /**
   * Ends the packet.
   *
   * @return its data; valid until the next packet begins
   */
  public MemorySegment end() {
    do {
      drain(Deflater.SYNC_FLUSH);
    } while (length == packed.length);
    return MemorySegment.ofArray(packed).asSlice(0, length);
  }

  private void drain(int flush) {
    if (length == packed.length) {
      packed = Arrays.copyOf(packed, 2 * packed.length);
    }
    length += deflater.deflate(packed, length, packed.length - length, flush);
  }

  @Override
  public void close() {
    deflater.end();
  }
}
