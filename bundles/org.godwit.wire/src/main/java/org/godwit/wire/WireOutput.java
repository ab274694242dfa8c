package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Big-endian writer of one direction of one channel.
 *
 * <p>Instances belong to one thread at a time. Every method may block while the channel is full and
 * throws the {@link IOException} of the channel when it fails or was aborted.
 */
public interface WireOutput {

  /** Writes the low 8 bits of {@code value}. */
  void u8(int value) throws IOException;

  /** Writes the low 16 bits of {@code value}, big-endian. */
  void be16(int value) throws IOException;

  /** Writes the low 32 bits of {@code value}, big-endian. */
  void be32(long value) throws IOException;

  /** Writes {@code value}, big-endian. */
  void be64(long value) throws IOException;

  /**
   * Writes a counted string (u8 length, then so many bytes; stream-format 0).
   *
   * @param value characters U+0000 to U+00FF only, at most 255 of them
   * @throws IllegalArgumentException when it is longer or holds other characters
   */
  void countedString(String value) throws IOException;

  /** Writes a copy of {@code length} bytes; the memory may be changed as soon as this returns. */
  void bytes(MemorySegment from, long offset, long length) throws IOException;

  /**
   * Writes {@code length} bytes that stay valid and readable until the implementation's next flush.
   * An implementation may keep the reference and gather the bytes later; what the memory holds at
   * that moment is sent. Meant for guest pages: one dirtied in between is sent again anyway.
   */
  void reference(MemorySegment from, long offset, long length) throws IOException;

  /** Stream offset of the next byte written. */
  long position();
}
