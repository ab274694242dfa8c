package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A pipe: what is written to one end is read from the other.
 *
 * @param reader the end to read from
 * @param writer the end to write to
 */
public record Pipe(Descriptor reader, Descriptor writer) implements AutoCloseable {
  private static final int FLAGS = 0x800 | 0x80000; // O_NONBLOCK | O_CLOEXEC

  /**
   * Opens a pipe.
   *
   * @return both ends
   * @throws LinuxException if the process is out of descriptors
   */
  public static Pipe open() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(8, 4);
      LinuxException.check("pipe2", FileCalls.pipe2(numbers, FLAGS));
      Descriptor reader = Descriptor.adoptOrClose(numbers.get(Calls.INT, 0));
      return new Pipe(reader, Descriptor.adoptOrClose(numbers.get(Calls.INT, 4)));
    }
  }

  /** Closes both ends. */
  @Override
  public void close() {
    reader.close();
    writer.close();
  }
}
