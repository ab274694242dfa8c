package org.godwit.wire.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;

/**
 * Reads the records of RAM section bodies, or of a preempt channel, one by one (stream-format 4).
 *
 * <p>A flyweight: {@link #next()} reads the head of a record, the accessors describe it, and the
 * data of a page stay in the {@link WireInput} for the caller to move where they belong. What the
 * caller does not consume is skipped by the following {@code next()}. One reader serves all
 * sections of a channel. Belongs to the thread that reads the channel; {@link #close()} frees the
 * inflater's memory.
 */
public final class RamRecordReader implements AutoCloseable {

  private final WireInput in;
  private final RamFormat format;
  private final LastBlock last;
  private final int pageSize;
  private final long flagMask;
  private final ChannelBlocks blocks;
  private final PackedPages packed;
  private boolean postcopy;
  private long recordOffset;
  private long pageOffset;
  private long dataStart;
  private long dataLength;
  private int fill;
  private boolean continued;

  /**
   * Reads a channel from its first RAM section on.
   *
   * @param in the channel
   * @param format layout
   */
  public RamRecordReader(WireInput in, RamFormat format) {
    this.in = in;
    this.format = format;
    this.last = new LastBlock();
    this.blocks = new ChannelBlocks(in, format);
    this.pageSize = format.pageSize();
    this.packed = new PackedPages(in, pageSize);
    this.flagMask = pageSize - 1L;
  }

  /**
   * Reads a further channel (preempt, recovery) whose blocks are known already.
   *
   * @param in the channel
   * @param format layout
   * @param blocks block list of the migration
   */
  public RamRecordReader(WireInput in, RamFormat format, RamBlockList blocks) {
    this(in, format);
    this.blocks.known(blocks);
  }

  /**
   * Lets page records address blocks of this machine that the stream does not list, as QEMU does.
   * They follow the listed ones in {@link #blocks()}. Call it before the block list is read.
   *
   * @param machine all blocks of this machine
   */
  public void localBlocks(RamBlockList machine) {
    blocks.local(machine);
  }

  /**
   * Takes a page size wherever a block carries one: for a reader without blocks of its own, to
   * which {@link RamFormat#blocksWithPageSize()} is unknown. Only without block addresses. Call it
   * before the block list is read.
   */
  public void pageSizesMayFollow() {
    blocks.findPageSizes();
  }

  /**
   * Tells which phase the following records belong to: in postcopy only ZERO, PAGE and EOS are
   * legal (4.5).
   *
   * @param running whether pages are placed now, after LISTEN
   */
  public void postcopy(boolean running) {
    postcopy = running;
  }

  /**
   * Reads the head of the next record.
   *
   * @return its kind
   * @throws WireException when it breaks a rule
   * @throws IOException when the input ends or fails
   */
  public RamRecordKind next() throws IOException {
    if (dataLength > 0) {
      skipData();
    }
    if (blocks.underWay()) {
      return listed();
    }
    recordOffset = in.position();
    long word = in.be64();
    int flags = (int) (word & flagMask);
    pageOffset = word & ~flagMask;
    return switch (flags & ~RamFlags.CONTINUE) {
      case RamFlags.ZERO -> zero(flags);
      case RamFlags.PAGE -> page(flags);
      case RamFlags.XBZRLE -> xbzrle(flags);
      case RamFlags.COMPRESS_PAGE -> compressed(flags);
      case RamFlags.EOS -> control(flags, RamRecordKind.EOS, true);
      case RamFlags.MULTIFD_FLUSH ->
          control(flags, RamRecordKind.MULTIFD_FLUSH, format.acceptMultifdFlush() && !postcopy);
      case RamFlags.MEM_SIZE -> blockList(flags);
      default -> throw flagFault(flags);
    };
  }

  private RamRecordKind zero(int flags) throws IOException {
    head(flags);
    fill = in.u8();
    if (fill != 0 && (postcopy || !format.acceptFill())) {
      throw fault(
          WireException.Kind.PAGE, String.format("fill byte 0x%02x", fill), "fill byte 0x00");
    }
    return RamRecordKind.ZERO;
  }

  private RamRecordKind page(int flags) throws IOException {
    head(flags);
    data(pageSize);
    return RamRecordKind.PAGE;
  }

  private RamRecordKind xbzrle(int flags) throws IOException {
    if (postcopy) {
      throw flagFault(flags);
    }
    head(flags);
    data(packed.xbzrleLength(recordOffset));
    return RamRecordKind.XBZRLE;
  }

  private RamRecordKind compressed(int flags) throws IOException {
    if (postcopy || !format.acceptCompressed()) {
      throw flagFault(flags);
    }
    head(flags);
    data(packed.compressedLength(recordOffset));
    return RamRecordKind.COMPRESSED_PAGE;
  }

  private RamRecordKind control(int flags, RamRecordKind kind, boolean legal) throws WireException {
    if (!legal || (flags & RamFlags.CONTINUE) != 0) {
      throw flagFault(flags);
    }
    return kind;
  }

  private RamRecordKind blockList(int flags) throws IOException {
    if ((flags & RamFlags.CONTINUE) != 0) {
      throw flagFault(flags);
    }
    blocks.begin(recordOffset, pageOffset);
    return listed();
  }

  private RamRecordKind listed() throws IOException {
    RamBlockEntry entry = blocks.next();
    if (entry == null) {
      return RamRecordKind.BLOCK_LIST;
    }
    data(entry.mapped().orElseThrow().pagesOffset() + entry.usedLength() - in.position());
    return RamRecordKind.MAPPED_BLOCK;
  }

  private void head(int flags) throws IOException {
    if (format.mappedRam()) {
      throw flagFault(flags);
    }
    continued = (flags & RamFlags.CONTINUE) != 0;
    if (continued) {
      if (last.index() < 0) {
        throw fault(
            WireException.Kind.PAGE, "CONTINUE without a block", "a block name on this channel");
      }
    } else {
      last.set(blocks.named(recordOffset));
    }
    blocks.requireInside(last.index(), pageOffset, recordOffset);
  }

  private void data(long length) {
    dataStart = in.position();
    dataLength = length;
  }

  /** Consumes what is left of the current record's data. */
  public void skipData() throws IOException {
    long rest = dataStart + dataLength - in.position();
    dataLength = 0;
    if (rest > 0) {
      in.skip(rest);
    }
  }

  /** Index of the record's block in {@link #blocks()}. */
  public int blockIndex() {
    return last.index();
  }

  /** Block of the record. */
  public RamBlockEntry block() {
    return blocks().get(last.index());
  }

  /** Offset of the page inside its block, bytes. */
  public long offset() {
    return pageOffset;
  }

  /** Byte that a ZERO record fills with, 0 to 255. */
  public int fill() {
    return fill;
  }

  /** Whether the record carried CONTINUE instead of a name. */
  public boolean continued() {
    return continued;
  }

  /** Stream offset of the record. */
  public long recordOffset() {
    return recordOffset;
  }

  /** Bytes of data that belong to the record: page, delta, compressed page, or mapped block. */
  public long dataLength() {
    return dataLength;
  }

  /** Entry of a {@link RamRecordKind#MAPPED_BLOCK}. */
  public RamBlockEntry mappedBlock() {
    return blocks.mapped();
  }

  /**
   * The block list.
   *
   * @throws IllegalStateException before it was read
   */
  public RamBlockList blocks() {
    return blocks.list();
  }

  /** How many of {@link #blocks()} the stream has listed; the rest are those of this machine. */
  public int listedBlocks() {
    return blocks.listed();
  }

  /** Whether the block list was read. */
  public boolean hasBlocks() {
    return blocks.known();
  }

  /** The block CONTINUE refers to on this channel. */
  public LastBlock lastBlock() {
    return last;
  }

  /**
   * Moves the data of a PAGE record.
   *
   * @param into target memory
   * @param offset first byte of the page in the target
   */
  public void copyPage(MemorySegment into, long offset) throws IOException {
    in.copy(into, offset, pageSize);
    dataLength = 0;
  }

  /**
   * Counts the pages that lie staged from this PAGE record on, each behind a head that goes on with
   * the next page of the block. The data of page {@code i} begin {@link #pageStride()} times {@code
   * i} behind the input's buffer offset. Consumes nothing.
   *
   * @return number of pages, at least 1
   * @throws IOException when the input ends or fails before the first is staged
   */
  public int stagedPages() throws IOException {
    in.require(pageSize);
    int more = (in.available() - pageSize) / pageStride();
    return 1
        + StagedRun.pages(
            in.buffer(),
            in.bufferOffset() + pageSize,
            following(RamFlags.PAGE),
            pageSize,
            (int) Math.min(more, pagesBehind()));
  }

  /** Distance of the data of {@link #stagedPages()}, bytes. */
  public int pageStride() {
    return StagedRun.HEAD + pageSize;
  }

  /**
   * Consumes pages that {@link #stagedPages()} found.
   *
   * @param pages how many, from the record's own on
   * @throws IOException when the input fails
   */
  public void takePages(int pages) throws IOException {
    in.skip((long) pages * pageStride() - StagedRun.HEAD);
    dataLength = 0;
  }

  /**
   * Consumes the staged records behind this ZERO record that go on with the next pages of its
   * block. {@link #offset()} and {@link #recordOffset()} stay those of the first.
   *
   * @return number of zero pages from the record's own on, at least 1
   * @throws IOException when the input fails
   */
  public int takeZeros() throws IOException {
    if (fill != 0) {
      return 1;
    }
    int more =
        StagedRun.zeros(
            in.buffer(),
            in.bufferOffset(),
            following(RamFlags.ZERO),
            pageSize,
            (int) Math.min(in.available() / StagedRun.ZERO, pagesBehind()));
    in.skip((long) more * StagedRun.ZERO);
    return 1 + more;
  }

  private long following(int kind) {
    return pageOffset + pageSize | kind | RamFlags.CONTINUE;
  }

  /** Pages of the block behind the record's own. */
  private long pagesBehind() {
    return (blocks().get(last.index()).usedLength() - pageOffset) / pageSize - 1;
  }

  /**
   * Applies the data of an XBZRLE record to the page as it is.
   *
   * @param page memory of the page
   * @param offset first byte of the page
   * @return number of runs
   * @throws WireException when the encoding breaks a rule
   * @throws IOException when the input ends or fails
   */
  public int decodeXbzrle(MemorySegment page, long offset) throws IOException {
    int runs = packed.decode((int) dataLength, page, offset);
    dataLength = 0;
    return runs;
  }

  /**
   * Decompresses the data of a COMPRESSED_PAGE record.
   *
   * @param page memory of the page
   * @param offset first byte of the page
   * @throws WireException when it does not give exactly one page
   * @throws IOException when the input ends or fails
   */
  public void inflatePage(MemorySegment page, long offset) throws IOException {
    packed.inflate((int) dataLength, page, offset);
    dataLength = 0;
  }

  @Override
  public void close() {
    packed.close();
  }

  private WireException flagFault(int flags) {
    return fault(
        WireException.Kind.RAM_FLAGS,
        String.format("RAM record flags 0x%03x", flags),
        postcopy
            ? "ZERO, PAGE or EOS in postcopy"
            : format.mappedRam() ? "MEM_SIZE or EOS in a mapped-ram file" : "exactly one kind");
  }

  private WireException fault(WireException.Kind kind, String found, String allowed) {
    return new WireException(kind, recordOffset, found, allowed);
  }
}
