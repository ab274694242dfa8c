package org.godwit.wire.ram;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.jspecify.annotations.Nullable;

/** Reads the entries of one MEM_SIZE record one by one (stream-format 4.2). */
final class BlockListReader {

  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long LONGEST_PAGE = 1L << 40;

  private final WireInput in;
  private final RamFormat format;
  private final boolean findPageSizes;
  private final List<RamBlockEntry> entries = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private long remaining;

  BlockListReader(WireInput in, RamFormat format, boolean findPageSizes, long offset, long total)
      throws WireException {
    this.in = in;
    this.format = format;
    this.findPageSizes = findPageSizes;
    this.remaining = total;
    long limit = format.limits().maxRamBytes();
    if (Long.compareUnsigned(total, limit) > 0) {
      throw WireException.limit(offset, "a RAM size", total, limit);
    }
  }

  boolean complete() {
    return remaining == 0;
  }

  int count() {
    return entries.size();
  }

  /** The listed blocks, then those of the machine that are not listed. */
  RamBlockList list(@Nullable RamBlockList local) {
    List<RamBlockEntry> all = new ArrayList<>(entries);
    if (local != null) {
      local.entries().stream().filter(entry -> !names.contains(entry.name())).forEach(all::add);
    }
    return new RamBlockList(all);
  }

  RamBlockEntry next() throws IOException {
    long offset = in.position();
    if (entries.size() >= format.limits().maxBlocks()) {
      throw WireException.limit(
          offset, "a number of RAM blocks", entries.size() + 1L, format.limits().maxBlocks());
    }
    RamBlockEntry entry = entry(offset);
    remaining -= entry.usedLength();
    entries.add(entry);
    return entry;
  }

  private RamBlockEntry entry(long offset) throws IOException {
    String name = in.countedString();
    if (!names.add(name)) {
      throw fault(offset, "a second block \"" + name + "\"", "each block once");
    }
    long length = in.be64();
    if (Long.compareUnsigned(length, remaining) > 0) {
      throw fault(
          offset,
          "block \"" + name + "\" of " + Long.toUnsignedString(length) + " bytes",
          "at most " + remaining + ", what is left of the announced total");
    }
    OptionalLong pageSize =
        format.blocksWithPageSize().contains(name) || (findPageSizes && pageSizeFollows())
            ? OptionalLong.of(in.be64())
            : OptionalLong.empty();
    OptionalLong gpa = format.addresses() ? OptionalLong.of(in.be64()) : OptionalLong.empty();
    Optional<MappedRamHeader> mapped =
        format.mappedRam()
            ? Optional.of(MappedRamHeader.read(in, length, format.pageSize()))
            : Optional.empty();
    return new RamBlockEntry(name, length, pageSize, gpa, mapped);
  }

  /**
   * A page size is a power of two above that of the target page. A block name begins with its
   * length, which is not 0, and the record after the list has flags.
   */
  private boolean pageSizeFollows() throws IOException {
    in.require(Long.BYTES);
    long value = in.buffer().get(BE64, in.bufferOffset());
    return value > format.pageSize() && Long.bitCount(value) == 1 && value < LONGEST_PAGE;
  }

  private static WireException fault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.BLOCK_LIST, offset, found, allowed);
  }
}
