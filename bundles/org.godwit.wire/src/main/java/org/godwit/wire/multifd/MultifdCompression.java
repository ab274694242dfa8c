package org.godwit.wire.multifd;

/** How the page data of multifd packets are compressed (precopy-engine 7.3). */
public enum MultifdCompression {
  /** Plain pages. */
  NONE(0x00),
  /** One zlib stream for each channel. */
  ZLIB(0x02),
  /** One zstd frame for each channel. */
  ZSTD(0x04),
  /** An accelerator's format. */
  QPL(0x08),
  /** An accelerator's format. */
  UADK(0x10),
  /** An accelerator's format. */
  QATZIP(0x20);

  private final int flags;

  MultifdCompression(int flags) {
    this.flags = flags;
  }

  /** Bits in the flags of a packet. */
  public int flags() {
    return flags;
  }
}
