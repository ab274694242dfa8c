package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.ram.RamRecordWriter;
import org.godwit.wire.ram.ZeroPage;
import org.junit.jupiter.api.Test;

/** The data path allocates nothing per page, named records included. */
class AllocationTest {

  private static final int PAGE = 4096;
  private static final int PAGES = 4096;
  private static final RamBlockList BLOCKS =
      new RamBlockList(List.of(RamBlockEntry.of("a", 16L << 20), RamBlockEntry.of("b", 16L << 20)));

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  /** Writes a page, a zero page and a page of another block, over and over, into one buffer. */
  private static void write(RamRecordWriter writer, MemorySegment memory) throws IOException {
    for (int i = 0; i < PAGES; i++) {
      long offset = (long) i * PAGE;
      if (ZeroPage.isZero(memory, offset, PAGE)) {
        writer.zeroPage(0, offset);
      } else {
        writer.page(0, offset, memory, offset);
      }
      writer.zeroPage(1, offset);
    }
  }

  private static int read(RamRecordReader reader, MemorySegment memory) throws IOException {
    int pages = 0;
    for (int i = 0; i < 2 * PAGES; i++) {
      if (reader.next() == RamRecordKind.PAGE) {
        reader.copyPage(memory, reader.offset());
        pages++;
      }
    }
    return pages;
  }

  @Test
  void shouldAllocateNothingPerPage() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(16L << 20, 8);
      for (int i = 0; i < PAGES; i += 2) {
        memory.set(java.lang.foreign.ValueLayout.JAVA_BYTE, (long) i * PAGE + 77, (byte) 1);
      }
      BufferOutput out = new BufferOutput();
      RamRecordWriter writer = new RamRecordWriter(out, PAGE, BLOCKS);
      long best = Long.MAX_VALUE;
      // The first rounds run before the compiler has seen the loop.
      for (int round = 0; round < 20; round++) {
        out.clear();
        writer.lastBlock().forget();
        long before = allocated();
        write(writer, memory);
        MemorySegment stream = out.written();
        StagedInput in = new StagedInput(new Memory(stream), arena.allocate(64 * 1024));
        try (RamRecordReader reader = new RamRecordReader(in, RamFormat.DEFAULT, BLOCKS)) {
          assertTrue(read(reader, memory) == PAGES / 2);
        }
        best = Math.min(best, allocated() - before);
      }
      // One smallest object per record would be 16 bytes for each.
      assertTrue(best < 2 * PAGES, best + " bytes for " + 2 * PAGES + " records");
    }
  }

  /** A source that copies from memory. */
  private static final class Memory implements ByteSource {

    private final MemorySegment content;
    private long at;

    Memory(MemorySegment content) {
      this.content = content;
    }

    @Override
    public long read(MemorySegment into, long offset, long length) {
      long count = Math.min(length, content.byteSize() - at);
      if (count == 0) {
        return -1;
      }
      MemorySegment.copy(content, at, into, offset, count);
      at += count;
      return count;
    }
  }
}
