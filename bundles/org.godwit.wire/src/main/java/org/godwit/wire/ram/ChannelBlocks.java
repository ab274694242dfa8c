package org.godwit.wire.ram;

import java.io.IOException;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that the records of a channel are about: known before, or read from START
 * (stream-format 4.1). Belongs to the thread that reads the channel.
 */
final class ChannelBlocks {
  private final WireInput in;
  private final RamFormat format;
  private @Nullable RamBlockList blocks;
  private @Nullable RamBlockList local;
  private @Nullable BlockListReader listing;
  private @Nullable RamBlockEntry mapped;
  private boolean findPageSizes;
  private int listed;

  ChannelBlocks(WireInput in, RamFormat format) {
    this.in = in;
    this.format = format;
  }

  /** They are known already. */
  void known(RamBlockList before) {
    blocks = before;
  }

  /** Blocks of this machine follow the listed ones. */
  void local(RamBlockList machine) {
    local = machine;
  }

  /** A page size may follow any block. */
  void findPageSizes() {
    findPageSizes = true;
  }

  /** A MEM_SIZE record came. */
  void begin(long recordOffset, long totalBytes) throws IOException {
    if (blocks != null) {
      throw new WireException(
          WireException.Kind.BLOCK_LIST, recordOffset, "a second block list", "one, in START");
    }
    BlockListReader reader =
        new BlockListReader(in, format, findPageSizes, recordOffset, totalBytes);
    if (!format.mappedRam()) {
      while (!reader.complete()) {
        reader.next();
      }
    }
    listing = reader;
  }

  /** Whether a part of the list is still to be read, behind the pages of a block. */
  boolean underWay() {
    return listing != null;
  }

  /**
   * Goes on in the list.
   *
   * @return a block whose pages are next; null if the list is complete
   */
  @Nullable RamBlockEntry next() throws IOException {
    BlockListReader reader = listing;
    if (reader == null || reader.complete()) {
      complete(reader);
      return null;
    }
    RamBlockEntry entry = reader.next();
    mapped = entry;
    return entry;
  }

  private void complete(@Nullable BlockListReader reader) throws IOException {
    listing = null;
    if (reader != null) {
      listed = reader.count();
      blocks = reader.list(local);
    }
  }

  /** Takes the name of a block; tells its index. */
  int named(long recordOffset) throws IOException {
    int length = in.u8();
    in.require(length);
    int index = blocks == null ? -1 : blocks.find(in.buffer(), in.bufferOffset(), length);
    if (index < 0) {
      throw new WireException(
          WireException.Kind.PAGE,
          recordOffset,
          "an unknown block name",
          "a block of the block list");
    }
    in.skip(length);
    return index;
  }

  /** Whether a page lies inside its block. */
  void requireInside(int index, long pageOffset, long recordOffset) throws WireException {
    RamBlockEntry block = list().get(index);
    if (pageOffset < 0 || pageOffset > block.usedLength() - format.pageSize()) {
      throw new WireException(
          WireException.Kind.PAGE,
          recordOffset,
          "page offset " + Long.toUnsignedString(pageOffset),
          "an offset below " + block.usedLength() + " in block \"" + block.name() + "\"");
    }
  }

  RamBlockEntry mapped() {
    if (mapped == null) {
      throw new IllegalStateException("No mapped block was read.");
    }
    return mapped;
  }

  RamBlockList list() {
    if (blocks == null) {
      throw new IllegalStateException("The block list was not read yet.");
    }
    return blocks;
  }

  int listed() {
    return listed;
  }

  boolean known() {
    return blocks != null;
  }
}
