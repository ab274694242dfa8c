package org.godwit.wire;

/**
 * What a reader accepts from the network before it gives up (stream-format 11). Immutable.
 *
 * @param maxBlocks RAM blocks in one block list
 * @param maxRamBytes sum of the used lengths of all blocks, bytes
 * @param maxPackageBytes size of one PACKAGED command, bytes
 * @param maxDescriptionBytes length of the vmdescription, bytes
 * @param maxDeviceStateBytes all device sections of a stream together, bytes
 * @param maxBitmapBytes one bitmap in a RECV_BITMAP message or dirty-bitmap chunk, bytes
 * @param maxColoBytes device state of one COLO checkpoint, bytes
 * @param maxSections different section ids announced on one stream
 */
public record Limits(
    int maxBlocks,
    long maxRamBytes,
    int maxPackageBytes,
    int maxDescriptionBytes,
    int maxDeviceStateBytes,
    int maxBitmapBytes,
    int maxColoBytes,
    int maxSections) {

  private static final int MIB = 1 << 20;

  /** 4096 blocks, 16 TiB of RAM, 256 MiB of device state, 16 MiB of description. */
  public static final Limits DEFAULT =
      new Limits(4096, 1L << 44, 256 * MIB, 16 * MIB, 256 * MIB, 512 * MIB, 256 * MIB, 65536);

  /** Refuses limits that are not positive. */
  public Limits {
    if (maxBlocks < 1
        || maxRamBytes < 1
        || maxPackageBytes < 1
        || maxDescriptionBytes < 1
        || maxDeviceStateBytes < 1
        || maxBitmapBytes < 1
        || maxColoBytes < 1
        || maxSections < 1) {
      throw new IllegalArgumentException("Every limit must be at least 1.");
    }
  }

  /**
   * The same limits with another size of one bitmap.
   *
   * @param bytes at least 1
   */
  public Limits withMaxBitmapBytes(long bytes) {
    return new Limits(
        maxBlocks,
        maxRamBytes,
        maxPackageBytes,
        maxDescriptionBytes,
        maxDeviceStateBytes,
        (int) Math.min(bytes, Integer.MAX_VALUE - 16),
        maxColoBytes,
        maxSections);
  }

  /**
   * The same limits with another sum of RAM.
   *
   * @param bytes sum of the used lengths of all blocks
   */
  public Limits withMaxRamBytes(long bytes) {
    return new Limits(
        maxBlocks,
        bytes,
        maxPackageBytes,
        maxDescriptionBytes,
        maxDeviceStateBytes,
        maxBitmapBytes,
        maxColoBytes,
        maxSections);
  }
}
