package org.godwit.wire.dirtybitmap;

import java.util.Optional;

/**
 * One chunk of the dirty-bitmap section (stream-format 6). Immutable.
 *
 * @param flags flags as on the wire, see the constants
 * @param node node or block device name, when the chunk carries one
 * @param bitmap bitmap name, when the chunk carries one
 * @param content what the chunk says about the bitmap named last
 */
public record DirtyBitmapChunk(
    int flags, Optional<String> node, Optional<String> bitmap, Content content) {

  /** Ends the body of the section. */
  public static final int EOS = 0x01;

  /** With {@link #BITS}: all bits are clear and no buffer follows. */
  public static final int ZEROES = 0x02;

  /** A bitmap name is present. */
  public static final int BITMAP = 0x04;

  /** A node name is present. */
  public static final int DEVICE = 0x08;

  /** Announces a bitmap. */
  public static final int START = 0x10;

  /** The bitmap is finished. */
  public static final int COMPLETE = 0x20;

  /** Bits follow. */
  public static final int BITS = 0x40;

  /** The flags have more bytes. */
  public static final int EXTRA = 0x80;

  /** Payload of a chunk. */
  public sealed interface Content {}

  /** Nothing: COMPLETE and EOS have no payload. */
  public record Empty() implements Content {}

  /**
   * Payload of START.
   *
   * @param granularity bytes of disk for one bit
   * @param bitmapFlags 0x01 enabled, 0x02 persistent, 0x04 autoload
   */
  public record Announcement(long granularity, int bitmapFlags) implements Content {}

  /**
   * Payload of BITS.
   *
   * @param firstSector first sector of 512 bytes
   * @param sectors number of sectors
   * @param buffer one bit a granule, least significant first; empty with ZEROES; not copied, not to
   *     be changed
   */
  public record Bits(long firstSector, long sectors, Optional<byte[]> buffer) implements Content {}

  /** Whether this chunk ends the body of the section. */
  public boolean endsSection() {
    return (flags & EOS) != 0;
  }
}
