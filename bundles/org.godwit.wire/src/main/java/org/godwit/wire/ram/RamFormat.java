package org.godwit.wire.ram;

import java.util.Set;
import org.godwit.wire.Limits;

/**
 * What a RAM section does not tell about its own layout (stream-format 4). Immutable.
 *
 * @param pageSize target page size in bytes: a power of two from 1024 on
 * @param addresses whether every block carries its address (capability {@code x-ignore-shared})
 * @param mappedRam whether the stream is a mapped-ram file
 * @param blocksWithPageSize names of the blocks that carry a page size: RAM postcopy is advised and
 *     the block's pages are larger than those of host and target
 * @param acceptFill whether ZERO may fill with another byte than 0, as 7.2 accepts it
 * @param acceptCompressed whether COMPRESS_PAGE is known, as in 7.2
 * @param acceptMultifdFlush whether MULTIFD_FLUSH is known, as in 10.0
 * @param limits what to accept at most
 */
public record RamFormat(
    int pageSize,
    boolean addresses,
    boolean mappedRam,
    Set<String> blocksWithPageSize,
    boolean acceptFill,
    boolean acceptCompressed,
    boolean acceptMultifdFlush,
    Limits limits) {

  /** 4 KiB pages, no capability, everything that a current sender may send. */
  public static final RamFormat DEFAULT = of(4096);

  /** Checks the page size and copies the set. */
  public RamFormat {
    if (pageSize < 1024 || Integer.bitCount(pageSize) != 1) {
      throw new IllegalArgumentException(
          "A page size of " + pageSize + " bytes; it must be a power of two from 1024 on.");
    }
    blocksWithPageSize = Set.copyOf(blocksWithPageSize);
  }

  /**
   * The default for another page size.
   *
   * @param pageSize target page size, bytes
   */
  public static RamFormat of(int pageSize) {
    return new RamFormat(pageSize, false, false, Set.of(), false, true, true, Limits.DEFAULT);
  }

  /** The same with an address in every block ({@code x-ignore-shared}). */
  public RamFormat withAddresses() {
    return new RamFormat(
        pageSize,
        true,
        mappedRam,
        blocksWithPageSize,
        acceptFill,
        acceptCompressed,
        acceptMultifdFlush,
        limits);
  }

  /** The same for a mapped-ram file. */
  public RamFormat withMappedRam() {
    return new RamFormat(
        pageSize,
        addresses,
        true,
        blocksWithPageSize,
        acceptFill,
        acceptCompressed,
        acceptMultifdFlush,
        limits);
  }

  /**
   * The same with blocks that carry a page size.
   *
   * @param names names of those blocks
   */
  public RamFormat withBlocksWithPageSize(Set<String> names) {
    return new RamFormat(
        pageSize,
        addresses,
        mappedRam,
        names,
        acceptFill,
        acceptCompressed,
        acceptMultifdFlush,
        limits);
  }

  /**
   * The same with another rule for ZERO records that fill with a byte other than 0.
   *
   * @param accept true to accept them in precopy
   */
  public RamFormat withAcceptFill(boolean accept) {
    return new RamFormat(
        pageSize,
        addresses,
        mappedRam,
        blocksWithPageSize,
        accept,
        acceptCompressed,
        acceptMultifdFlush,
        limits);
  }

  /**
   * The same with other limits.
   *
   * @param other what to accept at most
   */
  public RamFormat withLimits(Limits other) {
    return new RamFormat(
        pageSize,
        addresses,
        mappedRam,
        blocksWithPageSize,
        acceptFill,
        acceptCompressed,
        acceptMultifdFlush,
        other);
  }
}
