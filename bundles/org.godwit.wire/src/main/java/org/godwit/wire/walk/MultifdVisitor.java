package org.godwit.wire.walk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.wire.multifd.MultifdPacketReader;

/** What a {@link MultifdChannel} finds. Called on the thread that reads. */
public interface MultifdVisitor {

  /**
   * The header of a packet was read; its pages follow.
   *
   * @param channel the channel
   * @param packet the packet
   */
  void packet(MultifdChannel channel, MultifdPacketReader packet) throws IOException;

  /**
   * Where the pages of a block go.
   *
   * @param block index of the block
   * @return memory of the whole block
   */
  MemorySegment memory(int block) throws IOException;
}
