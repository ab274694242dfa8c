package org.godwit.userfault.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.LinuxException;
import org.godwit.tck.SeededBytes;
import org.junit.jupiter.api.Assumptions;

/** The file with what a {@link Monitor} expects to read. */
final class MonitorMemory {
  static final long LENGTH = Monitor.PAGES * Monitor.PAGE;

  private MonitorMemory() {}

  /** Ends the test where this host does not allow handing over. */
  static void requireUserfaultfd() {
    try (FaultDescriptor uffd = FaultDescriptor.openWithRemovals()) {
      assertTrue(uffd.number() > 0);
    } catch (LinuxException e) {
      assertEquals(null, System.getenv("CI"), e.getMessage());
      Assumptions.abort(e.getMessage());
    }
  }

  static void write(Path memory) throws IOException {
    try (FileChannel file =
            FileChannel.open(memory, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(Monitor.PAGE);
      for (int number = 0; number < Monitor.PAGES; number++) {
        if (!Monitor.isHole(number)) {
          new SeededBytes(number).fill(page, 0, Monitor.PAGE, 0);
          file.write(page.asByteBuffer(), number * Monitor.PAGE);
        }
      }
    }
    try (RandomAccessFile file = new RandomAccessFile(memory.toFile(), "rw")) {
      file.setLength(LENGTH); // the last pages are a hole
    }
  }
}
