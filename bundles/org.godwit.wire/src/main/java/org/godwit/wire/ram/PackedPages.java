package org.godwit.wire.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.jspecify.annotations.Nullable;

/**
 * Pages that come encoded: as a difference (XBZRLE) or compressed (stream-format 4.3). Belongs to
 * the thread that reads the channel; {@link #close()} frees the inflater's memory.
 */
final class PackedPages implements AutoCloseable {
  private final WireInput in;
  private final int pageSize;

  /** Made when the first compressed page comes; hardly any stream has one. */
  private @Nullable PageInflater inflater;

  PackedPages(WireInput in, int pageSize) {
    this.in = in;
    this.pageSize = pageSize;
  }

  /** Takes what comes before the data of a difference; tells their length. */
  int xbzrleLength(long recordOffset) throws IOException {
    int type = in.u8();
    if (type != 1) {
      throw new WireException(
          WireException.Kind.XBZRLE, recordOffset, "XBZRLE encoding type " + type, "type 1");
    }
    int length = in.be16();
    if (length < 1 || length > pageSize) {
      throw new WireException(
          WireException.Kind.XBZRLE,
          recordOffset,
          length + " encoded bytes",
          "1 to " + pageSize + " bytes");
    }
    return length;
  }

  /** Takes what comes before the data of a compressed page; tells their length. */
  int compressedLength(long recordOffset) throws IOException {
    long length = in.be32();
    if (length < 1 || length > 2L * pageSize) {
      throw new WireException(
          WireException.Kind.COMPRESSION,
          recordOffset,
          length + " compressed bytes",
          "1 to " + 2L * pageSize + " bytes");
    }
    return (int) length;
  }

  /** Applies a difference of a length to a page; tells its number of runs. */
  int decode(int length, MemorySegment page, long offset) throws IOException {
    in.require(length);
    int runs =
        Xbzrle.decode(
            in.buffer(), in.bufferOffset(), length, page, offset, pageSize, in.position());
    in.skip(length);
    return runs;
  }

  /** Decompresses data of a length to a page. */
  void inflate(int length, MemorySegment page, long offset) throws IOException {
    in.require(length);
    inflater().inflate(in.buffer(), in.bufferOffset(), length, page, offset, in.position());
    in.skip(length);
  }

  private PageInflater inflater() {
    if (inflater == null) {
      inflater = new PageInflater(pageSize);
    }
    return inflater;
  }

  @Override
  public void close() {
    if (inflater != null) {
      inflater.close();
    }
  }
}
