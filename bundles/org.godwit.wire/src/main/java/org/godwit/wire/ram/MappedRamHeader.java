package org.godwit.wire.ram;

import java.io.IOException;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.WireOutput;

/**
 * Header of one block in a mapped-ram file (precopy-engine 8). Immutable.
 *
 * @param pageSize target page size, bytes
 * @param bitmapOffset absolute file offset of the bitmap
 * @param pagesOffset absolute file offset of page 0
 */
public record MappedRamHeader(long pageSize, long bitmapOffset, long pagesOffset) {

  /** The only version there is. */
  public static final int VERSION = 1;

  /** Bytes of the header on the wire. */
  public static final int BYTES = 28;

  /** A writer starts the pages at a multiple of this. */
  public static final long PAGES_ALIGNMENT = 1 << 20;

  /**
   * Where a writer puts bitmap and pages of a block whose header starts at {@code headerOffset}.
   *
   * @param headerOffset absolute file offset of the header
   * @param usedLength length of the block, bytes
   * @param pageSize target page size, bytes
   */
  public static MappedRamHeader at(long headerOffset, long usedLength, int pageSize) {
    long bitmap = headerOffset + BYTES;
    long end = bitmap + bitmapBytes(usedLength, pageSize);
    return new MappedRamHeader(pageSize, bitmap, (end + PAGES_ALIGNMENT - 1) & -PAGES_ALIGNMENT);
  }

  /**
   * Size of the bitmap of a block: whole 64 bit words.
   *
   * @param usedLength length of the block, bytes
   * @param pageSize target page size, bytes
   */
  public static long bitmapBytes(long usedLength, long pageSize) {
    long pages = Math.ceilDiv(usedLength, pageSize);
    return Math.ceilDiv(pages, 64L) * 8;
  }

  static MappedRamHeader read(WireInput in, long usedLength, int pageSize) throws IOException {
    long offset = in.position();
    long version = in.be32();
    if (version != VERSION) {
      throw fault(offset, "mapped-ram version " + version, "version 1");
    }
    MappedRamHeader header = new MappedRamHeader(in.be64(), in.be64(), in.be64());
    if (header.pageSize != pageSize) {
      throw fault(offset + 4, "page size " + header.pageSize, "page size " + pageSize);
    }
    header.checkPlaces(offset, in.position(), usedLength);
    return header;
  }

  private void checkPlaces(long offset, long position, long usedLength) throws WireException {
    long bitmapBytes = bitmapBytes(usedLength, pageSize);
    if (bitmapOffset < position || bitmapOffset > Long.MAX_VALUE - bitmapBytes) {
      throw fault(offset + 12, "bitmap offset " + bitmapOffset, "at least " + position);
    }
    if (pagesOffset < bitmapOffset + bitmapBytes || pagesOffset > Long.MAX_VALUE - usedLength) {
      throw fault(offset + 20, "pages offset " + pagesOffset, "an offset after the bitmap");
    }
    if (pagesOffset % pageSize != 0) {
      throw fault(offset + 20, "pages offset " + pagesOffset, "a multiple of " + pageSize);
    }
  }

  /**
   * Writes the 28 bytes.
   *
   * @param out output
   * @throws IOException when the output fails
   */
  public void write(WireOutput out) throws IOException {
    out.be32(VERSION);
    out.be64(pageSize);
    out.be64(bitmapOffset);
    out.be64(pagesOffset);
  }

  private static WireException fault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.MAPPED_RAM, offset, found, allowed);
  }
}
