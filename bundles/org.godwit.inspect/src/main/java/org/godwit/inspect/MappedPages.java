package org.godwit.inspect;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.godwit.wire.WireInput;
import org.godwit.wire.ram.MappedRamHeader;
import org.godwit.wire.ram.RamBlockEntry;

/**
 * The pages of one block of a mapped-ram file. They stand before the end of the block list, when
 * memory cannot exist yet, and wait in a temporary memory of their own.
 */
record MappedPages(BitSet present, int pageSize, GuestRam staged) {

  static MappedPages read(WireInput in, RamBlockEntry entry, int pageSize) throws IOException {
    MappedRamHeader header = entry.mapped().orElseThrow();
    in.skip(header.bitmapOffset() - in.position());
    BitSet present = BitSet.valueOf(RamCollector.bitmap(in, entry, pageSize));
    in.skip(header.pagesOffset() - in.position());
    GuestRam staged = new GuestRam(pageSize, true);
    staged.create(new org.godwit.wire.ram.RamBlockList(java.util.List.of(entry)));
    int page = present.nextSetBit(0);
    while (page >= 0 && (page + 1L) * pageSize <= entry.usedLength()) {
      long at = (long) page * pageSize;
      in.skip(header.pagesOffset() + at - in.position());
      in.copy(staged.memory(0), at, pageSize);
      page = present.nextSetBit(page + 1);
    }
    return new MappedPages(present, pageSize, staged);
  }

  int count() {
    return present.cardinality();
  }

  void store(MemorySegment memory) {
    for (int page = present.nextSetBit(0); page >= 0; page = present.nextSetBit(page + 1)) {
      long at = (long) page * pageSize;
      if (at + pageSize <= memory.byteSize()) {
        MemorySegment.copy(staged.memory(0), at, memory, at, pageSize);
      }
    }
    staged.close();
  }
}
