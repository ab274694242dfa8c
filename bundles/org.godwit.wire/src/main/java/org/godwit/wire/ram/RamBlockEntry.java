package org.godwit.wire.ram;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One RAM block of the block list (stream-format 4.2). Immutable.
 *
 * @param name at most 255 characters U+0000 to U+00FF
 * @param usedLength bytes
 * @param pageSize page size of the block in bytes, where the stream carries it
 * @param gpa guest physical address, where the stream carries it
 * @param mapped where bitmap and pages are, in a mapped-ram file
 */
public record RamBlockEntry(
    String name,
    long usedLength,
    OptionalLong pageSize,
    OptionalLong gpa,
    Optional<MappedRamHeader> mapped) {

  /**
   * A block with name and length only.
   *
   * @param name name
   * @param usedLength bytes
   */
  public static RamBlockEntry of(String name, long usedLength) {
    return new RamBlockEntry(
        name, usedLength, OptionalLong.empty(), OptionalLong.empty(), Optional.empty());
  }

  /**
   * The same with a page size.
   *
   * @param bytes page size of the block
   */
  public RamBlockEntry withPageSize(long bytes) {
    return new RamBlockEntry(name, usedLength, OptionalLong.of(bytes), gpa, mapped);
  }

  /**
   * The same with a guest physical address.
   *
   * @param address guest physical address
   */
  public RamBlockEntry withGpa(long address) {
    return new RamBlockEntry(name, usedLength, pageSize, OptionalLong.of(address), mapped);
  }

  /**
   * The same with the places in a mapped-ram file.
   *
   * @param header the block's header
   */
  public RamBlockEntry withMapped(MappedRamHeader header) {
    return new RamBlockEntry(name, usedLength, pageSize, gpa, Optional.of(header));
  }
}
