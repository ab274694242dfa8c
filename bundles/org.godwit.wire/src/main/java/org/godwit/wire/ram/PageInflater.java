package org.godwit.wire.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.godwit.wire.WireException;

/** Decompresses single pages, each a zlib stream of its own (stream-format 4.3). */
final class PageInflater implements AutoCloseable {

  private final Inflater inflater = new Inflater();
  private final byte[] plain;
  private final byte[] packed;
  // One byte more than a page shows a stream that is too long.
  private final int pageSize;

  PageInflater(int pageSize) {
    this.pageSize = pageSize;
    this.plain = new byte[pageSize + 1];
    this.packed = new byte[2 * pageSize];
  }

  void inflate(
      MemorySegment from, long offset, int length, MemorySegment page, long at, long streamOffset)
      throws WireException {
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, packed, 0, length);
    inflater.reset();
    inflater.setInput(packed, 0, length);
    int done = run(streamOffset);
    if (done != pageSize || !inflater.finished()) {
      throw fault(streamOffset, "zlib data that give " + done + " bytes");
    }
    MemorySegment.copy(plain, 0, page, ValueLayout.JAVA_BYTE, at, pageSize);
  }

  private int run(long streamOffset) throws WireException {
    int done = 0;
    try {
      while (!inflater.finished() && done < plain.length) {
        int step = inflater.inflate(plain, done, plain.length - done);
        if (step == 0 && !inflater.finished()) {
          break;
        }
        done += step;
      }
    } catch (DataFormatException e) {
      throw fault(streamOffset, "damaged zlib data (" + e.getMessage() + ")");
    }
    return done;
  }

  private WireException fault(long offset, String found) {
    return new WireException(
        WireException.Kind.COMPRESSION,
        offset,
        found,
        "one complete zlib stream of " + pageSize + " bytes");
  }

  @Override
  public void close() {
    inflater.end();
  }
}
