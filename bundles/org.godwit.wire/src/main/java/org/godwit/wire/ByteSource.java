package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Where a {@link StagedInput} gets its bytes: a socket, a file, an array. */
@FunctionalInterface
public interface ByteSource {

  /**
   * Reads at least one byte, waiting for it if need be.
   *
   * @param into target
   * @param offset first byte of the target to fill
   * @param length number of bytes that fit, at least 1
   * @return number of bytes read, 1 to {@code length}, or -1 at the end of the input
   * @throws IOException when the source fails or was aborted
   */
  long read(MemorySegment into, long offset, long length) throws IOException;

  /**
   * Passes over bytes without reading them, where the source can (a file with holes).
   *
   * @param length largest number of bytes to pass over
   * @return number of bytes passed over, 0 to {@code length}; 0 makes the caller read and discard
   * @throws IOException when the source fails
   */
  default long skip(long length) throws IOException {
    return 0;
  }
}
