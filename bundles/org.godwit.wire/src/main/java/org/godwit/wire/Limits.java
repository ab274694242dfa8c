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

  /**
   * Far beyond what a guest has, and little enough that a peer cannot exhaust this host by naming a
   * size. Whatever is that large is never allocated because it was named: memory is taken as bytes
   * arrive, and a machine compares blocks with its own before it takes any.
   *
   * <ul>
   *   <li>4096 blocks: one for each RAM device and each ROM; QEMU guests have about ten, with the
   *       most memory slots and ROMs of PCI devices some hundreds.
   *   <li>16 TiB of RAM: 2^44 bytes, what a host with 44 bits of physical addresses has; its dirty
   *       bitmaps take 512 MiB. It bounds sums, so that no offset or count overflows; parameter
   *       {@code x-godwit-max-ram} sets it for each migration.
   *   <li>256 MiB for a package, for all device sections and for a COLO checkpoint: they are kept
   *       in memory whole. Devices have some 100 KiB, graphics memory that travels with its device
   *       64 MiB at the most.
   *   <li>16 MiB of vmdescription: kept in memory and parsed; QEMU's have up to some 100 KiB.
   *   <li>512 MiB for one bitmap: that of a block of 16 TiB in pages of 4 KiB.
   *   <li>65536 section ids: one for each device, whose state costs a map entry each.
   * </ul>
   */
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
