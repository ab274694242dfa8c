package org.godwit.machine.mapped;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;

/**
 * How much of a mapping is present. Page by page: what smaps shows may belong to a neighbour with
 * which the kernel has merged the mapping.
 */
final class Resident {
  private static final long PAGE = 4096;
  private static final int ENTRY = Long.BYTES;

  private Resident() {}

  static long bytes(MemorySegment mapping) throws IOException {
    byte[] entries = new byte[Math.toIntExact(mapping.byteSize() / PAGE * ENTRY)];
    try (RandomAccessFile pages = new RandomAccessFile("/proc/self/pagemap", "r")) {
      pages.seek(mapping.address() / PAGE * ENTRY);
      pages.readFully(entries);
    }
    long present = 0;
    for (int last = ENTRY - 1; last < entries.length; last += ENTRY) {
      if (entries[last] < 0) { // bit 63
        present++;
      }
    }
    return present * PAGE;
  }
}
