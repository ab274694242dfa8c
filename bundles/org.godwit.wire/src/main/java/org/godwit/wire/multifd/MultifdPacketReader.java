package org.godwit.wire.multifd;

import java.io.IOException;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.ram.RamBlockList;

/**
 * Reads the packets of one multifd channel after its {@link MultifdHello} (precopy-engine 7.3). The
 * data of a packet stay in the {@link WireInput} for the caller to move; what it leaves is skipped
 * by the following {@link #next}. Allocates nothing per packet. Belongs to the channel's thread.
 */
public final class MultifdPacketReader {

  private final WireInput in;
  private final int pageSize;
  private final MultifdCompression compression;
  private final MultifdHeader header;
  private long offset;
  private long dataEnd;
  private int block = -1;

  /**
   * Reads one channel.
   *
   * @param in the channel
   * @param pageSize target page size, bytes
   * @param compression method agreed on
   */
  public MultifdPacketReader(WireInput in, int pageSize, MultifdCompression compression) {
    this.in = in;
    this.pageSize = pageSize;
    this.compression = compression;
    this.header = new MultifdHeader(pageSize);
  }

  /**
   * Reads the next packet's header and checks it.
   *
   * @param blocks block list of the migration; announced on the main channel before any packet with
   *     pages
   * @return false when the peer closed between two packets
   * @throws WireException of kind {@code MULTIFD} when the packet breaks a rule
   * @throws IOException when the input ends or fails
   */
  public boolean next(RamBlockList blocks) throws IOException {
    skipData();
    if (in.atEnd()) {
      return false;
    }
    offset = in.position();
    in.copy(header.bytes(), 0, header.bytes().byteSize());
    checkMagic(offset, header.magic(), header.version());
    checkFlags();
    checkCounts();
    if (header.normalPages() + header.zeroPages() > 0) {
      checkPages(blocks);
    }
    dataEnd = in.position() + dataLength();
    return true;
  }

  /** The current header. */
  public MultifdHeader header() {
    return header;
  }

  /** Stream offset of the current packet. */
  public long packetOffset() {
    return offset;
  }

  /** Index of the packet's block; only for packets with pages. */
  public int blockIndex() {
    return block;
  }

  /** Bytes of data behind the header: 0 without normal pages, whatever the header says. */
  public long dataLength() {
    return header.normalPages() == 0 ? 0 : header.nextPacketSize();
  }

  private void skipData() throws IOException {
    long rest = dataEnd - in.position();
    if (rest > 0) {
      in.skip(rest);
    }
  }

  private void checkFlags() throws WireException {
    int flags = header.flags();
    int known = MultifdHeader.SYNC | MultifdHeader.COMPRESSION;
    if ((flags & ~known) != 0) {
      throw fault(8, String.format("flags 0x%x", flags), "SYNC and compression bits");
    }
    boolean pages = header.normalPages() + header.zeroPages() > 0;
    int method = flags & MultifdHeader.COMPRESSION;
    if (method != compression.flags() && (pages || method != 0)) {
      throw fault(
          8,
          String.format("compression bits 0x%02x", method),
          String.format("0x%02x (%s)", compression.flags(), compression));
    }
  }

  private void checkCounts() throws WireException {
    if (header.pagesAllocated() > header.capacity()) {
      throw fault(
          12, "room for " + header.pagesAllocated() + " pages", "at most " + header.capacity());
    }
    if (header.normalPages() > header.pagesAllocated()) {
      throw fault(16, header.normalPages() + " normal pages", "at most " + header.pagesAllocated());
    }
    if (header.zeroPages() > header.pagesAllocated() - header.normalPages()) {
      throw fault(
          32,
          header.zeroPages() + " zero pages",
          "at most " + (header.pagesAllocated() - header.normalPages()));
    }
    long plain = header.normalPages() * pageSize;
    // A compressor may make incompressible data a little longer, never twice as long.
    long most = compression == MultifdCompression.NONE ? plain : 2 * plain + 1024;
    if (dataLength() > most || (compression == MultifdCompression.NONE && dataLength() != plain)) {
      throw fault(
          20,
          dataLength() + " bytes of data for " + header.normalPages() + " pages",
          compression == MultifdCompression.NONE ? "" + plain : "at most " + most);
    }
  }

  private void checkPages(RamBlockList blocks) throws WireException {
    block = blocks.find(header.bytes(), header.nameOffset(), header.nameLength());
    if (block < 0) {
      throw fault(64, "RAM block \"" + header.block() + "\"", "a block of the block list");
    }
    long last = blocks.get(block).usedLength() - pageSize;
    int pages = (int) (header.normalPages() + header.zeroPages());
    for (int i = 0; i < pages; i++) {
      long page = header.offset(i);
      if (page < 0 || page > last || page % pageSize != 0) {
        throw fault(
            320 + 8 * i,
            "page offset " + Long.toUnsignedString(page),
            "a page of the block, 0 to " + last);
      }
    }
  }

  static void checkMagic(long offset, long magic, long version) throws WireException {
    if (magic != MultifdHello.MAGIC) {
      throw new WireException(
          WireException.Kind.MULTIFD,
          offset,
          String.format("multifd magic 0x%08x", magic),
          "0x11223344");
    }
    if (version != MultifdHello.VERSION) {
      throw new WireException(
          WireException.Kind.MULTIFD, offset + 4, "multifd version " + version, "version 1");
    }
  }

  private WireException fault(int field, String found, String allowed) {
    return new WireException(WireException.Kind.MULTIFD, offset + field, found, allowed);
  }
}
