package org.godwit.wire.ram;

/** Kind of a RAM record (stream-format 4.1). */
public enum RamRecordKind {
  /** The block list is complete; see {@link RamRecordReader#blocks()}. */
  BLOCK_LIST,
  /**
   * One entry of the block list of a mapped-ram file; the input stands at its bitmap, {@link
   * RamRecordReader#mappedBlock()} tells the rest.
   */
  MAPPED_BLOCK,
  /** A page filled with one byte value, nearly always 0. */
  ZERO,
  /** A complete page follows. */
  PAGE,
  /** An XBZRLE delta follows. */
  XBZRLE,
  /** A zlib compressed page follows. */
  COMPRESSED_PAGE,
  /** Wait for a SYNC packet on every multifd channel. */
  MULTIFD_FLUSH,
  /** End of this section's body. */
  EOS
}
