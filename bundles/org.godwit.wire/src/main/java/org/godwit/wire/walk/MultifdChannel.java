package org.godwit.wire.walk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.wire.WireInput;
import org.godwit.wire.multifd.MultifdCompression;
import org.godwit.wire.multifd.MultifdHeader;
import org.godwit.wire.multifd.MultifdHello;
import org.godwit.wire.multifd.MultifdInflater;
import org.godwit.wire.multifd.MultifdPacketReader;
import org.godwit.wire.ram.RamBlockList;

/**
 * A recorded multifd channel, read round by round: the pages of a round may be stored in any order,
 * those of different rounds may not (precopy-engine 7.5). Belongs to one thread.
 */
public final class MultifdChannel implements AutoCloseable {

  private final WireInput in;
  private final int pageSize;
  private final boolean plain;
  private final MultifdHello hello;
  private final MultifdPacketReader reader;
  private final MultifdInflater inflater;

  /**
   * Opens a channel and reads its first message.
   *
   * @param in the channel
   * @param pageSize target page size, bytes
   * @param compression method agreed on: none or zlib
   * @param channels number of channels
   * @throws IOException when the first message is malformed, or the input ends or fails
   */
  public MultifdChannel(WireInput in, int pageSize, MultifdCompression compression, int channels)
      throws IOException {
    if (compression != MultifdCompression.NONE && compression != MultifdCompression.ZLIB) {
      throw new IllegalArgumentException("Compression " + compression + " cannot be read.");
    }
    this.in = in;
    this.pageSize = pageSize;
    this.plain = compression == MultifdCompression.NONE;
    this.hello = MultifdHello.read(in, channels);
    this.reader = new MultifdPacketReader(in, pageSize, compression);
    this.inflater = new MultifdInflater(pageSize);
  }

  /** First message of the channel. */
  public MultifdHello hello() {
    return hello;
  }

  /** The channel's input. */
  public WireInput input() {
    return in;
  }

  /**
   * Reads the packets up to the next SYNC, that one included, and stores their pages.
   *
   * @param blocks block list of the migration
   * @param visitor is told of each packet and knows the memory
   * @return false when the channel ended instead
   * @throws IOException when a packet breaks a rule, or the input ends inside one or fails
   */
  public boolean readRound(RamBlockList blocks, MultifdVisitor visitor) throws IOException {
    while (reader.next(blocks)) {
      visitor.packet(this, reader);
      if (reader.header().normalPages() + reader.header().zeroPages() > 0) {
        store(visitor.memory(reader.blockIndex()));
      }
      if (reader.header().sync()) {
        return true;
      }
    }
    return false;
  }

  private void store(MemorySegment memory) throws IOException {
    MultifdHeader header = reader.header();
    int normal = (int) header.normalPages();
    inflater.begin(reader.dataLength());
    for (int i = 0; i < normal; i++) {
      if (plain) {
        in.copy(memory, header.offset(i), pageSize);
      } else {
        inflater.page(in, memory, header.offset(i));
      }
    }
    if (!plain && normal > 0) {
      inflater.end(in);
    }
    for (int i = 0; i < header.zeroPages(); i++) {
      memory.asSlice(header.offset(normal + i), pageSize).fill((byte) 0);
    }
  }

  @Override
  public void close() {
    inflater.close();
  }
}
