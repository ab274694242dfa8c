package org.godwit.wire.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.wire.WireOutput;

/**
 * Writes the records of RAM section bodies, or of a preempt channel (stream-format 4). Decides
 * CONTINUE by its {@link LastBlock}. Allocates nothing per record. Belongs to the thread that
 * writes the channel.
 */
public final class RamRecordWriter {

  /** Small, so that the method that encodes so many is called often, hence compiled soon. */
  private static final int ZEROS_AT_ONCE = 32;

  private final WireOutput out;
  private final int pageSize;
  private final RamBlockList blocks;
  private final LastBlock last = new LastBlock();
  private final byte[] zeros = new byte[ZEROS_AT_ONCE * StagedRun.ZERO];
  private final MemorySegment zeroRecords = MemorySegment.ofArray(zeros);

  /**
   * Writes one channel.
   *
   * @param out the channel
   * @param pageSize target page size, bytes
   * @param blocks blocks of the migration
   */
  public RamRecordWriter(WireOutput out, int pageSize, RamBlockList blocks) {
    this.out = out;
    this.pageSize = pageSize;
    this.blocks = blocks;
  }

  /** Writes the MEM_SIZE record (4.2), optional fields where the entries have them. */
  public void blockList() throws IOException {
    blockListHead();
    for (int i = 0; i < blocks.size(); i++) {
      blockEntry(i);
    }
  }

  /** Writes only the word of the MEM_SIZE record; entries follow. For mapped-ram files. */
  public void blockListHead() throws IOException {
    out.be64(blocks.totalBytes() | RamFlags.MEM_SIZE);
  }

  /**
   * Writes one entry of the block list; for a mapped-ram file its header, after which the caller
   * writes bitmap, gap and pages.
   *
   * @param block index
   */
  public void blockEntry(int block) throws IOException {
    RamBlockEntry entry = blocks.get(block);
    name(block);
    out.be64(entry.usedLength());
    if (entry.pageSize().isPresent()) {
      out.be64(entry.pageSize().getAsLong());
    }
    if (entry.gpa().isPresent()) {
      out.be64(entry.gpa().getAsLong());
    }
    if (entry.mapped().isPresent()) {
      entry.mapped().get().write(out);
    }
  }

  /**
   * Writes a page full of zeroes.
   *
   * @param block index of its block
   * @param offset offset of the page inside the block, bytes
   */
  public void zeroPage(int block, long offset) throws IOException {
    filledPage(block, offset, 0);
  }

  /**
   * Writes pages full of zeroes that follow each other.
   *
   * @param block index of their block
   * @param offset offset of the first inside the block, bytes
   * @param pages how many, at least 1
   */
  public void zeroPages(int block, long offset, int pages) throws IOException {
    zeroPage(block, offset);
    for (int done = 1; done < pages; done += ZEROS_AT_ONCE) {
      int count = Math.min(ZEROS_AT_ONCE, pages - done);
      long at = offset + (long) done * pageSize;
      encodeZeros(zeros, at | RamFlags.ZERO | RamFlags.CONTINUE, count, pageSize);
      out.bytes(zeroRecords, 0, (long) count * StagedRun.ZERO);
    }
  }

  private static void encodeZeros(byte[] into, long first, int count, int pageSize) {
    long word = first;
    int at = 0;
    for (int i = 0; i < count; i++) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        into[at++] = (byte) (word >>> shift);
      }
      at++; // the fill byte stays 0
      word += pageSize;
    }
  }

  /**
   * Writes a page full of one byte. Current receivers accept 0 only.
   *
   * @param block index of its block
   * @param offset offset of the page inside the block, bytes
   * @param fill the byte
   */
  public void filledPage(int block, long offset, int fill) throws IOException {
    head(block, offset, RamFlags.ZERO);
    out.u8(fill);
  }

  /**
   * Writes a complete page by reference; see {@link WireOutput#reference}.
   *
   * @param block index of its block
   * @param offset offset of the page inside the block, bytes
   * @param memory where the page is
   * @param at first byte of the page in {@code memory}
   */
  public void page(int block, long offset, MemorySegment memory, long at) throws IOException {
    head(block, offset, RamFlags.PAGE);
    out.reference(memory, at, pageSize);
  }

  /**
   * Writes a complete page whose memory may change as soon as this returns.
   *
   * @param block index of its block
   * @param offset offset of the page inside the block, bytes
   * @param memory where the page is
   * @param at first byte of the page in {@code memory}
   */
  public void pageCopy(int block, long offset, MemorySegment memory, long at) throws IOException {
    head(block, offset, RamFlags.PAGE);
    out.bytes(memory, at, pageSize);
  }

  /**
   * Writes an XBZRLE delta (5).
   *
   * @param block index of its block
   * @param offset offset of the page inside the block, bytes
   * @param encoded result of {@link Xbzrle#encode}
   * @param at first encoded byte
   * @param length number of encoded bytes, 1 to the page size
   */
  public void xbzrle(int block, long offset, MemorySegment encoded, long at, int length)
      throws IOException {
    head(block, offset, RamFlags.XBZRLE);
    out.u8(1);
    out.be16(length);
    out.bytes(encoded, at, length);
  }

  /**
   * Writes a compressed page; known to 7.2, not to 10.0.
   *
   * @param block index of its block
   * @param offset offset of the page inside the block, bytes
   * @param packed a complete zlib stream that gives one page
   * @param at first byte of it
   * @param length its length, at most twice the page size
   */
  public void compressedPage(int block, long offset, MemorySegment packed, long at, int length)
      throws IOException {
    head(block, offset, RamFlags.COMPRESS_PAGE);
    out.be32(length);
    out.bytes(packed, at, length);
  }

  /** Writes MULTIFD_FLUSH (4.4). */
  public void multifdFlush() throws IOException {
    out.be64(RamFlags.MULTIFD_FLUSH);
  }

  /** Ends the body of a section (4.4). */
  public void endOfSection() throws IOException {
    out.be64(RamFlags.EOS);
  }

  /** The block CONTINUE refers to; {@link LastBlock#forget()} makes the next record name it. */
  public LastBlock lastBlock() {
    return last;
  }

  private void head(int block, long offset, int flags) throws IOException {
    if (last.index() == block) {
      out.be64(offset | flags | RamFlags.CONTINUE);
    } else {
      out.be64(offset | flags);
      name(block);
      last.set(block);
    }
  }

  private void name(int block) throws IOException {
    MemorySegment name = blocks.counted(block);
    out.bytes(name, 0, name.byteSize());
  }
}
