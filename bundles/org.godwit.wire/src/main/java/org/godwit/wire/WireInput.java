package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Big-endian reader of one direction of one channel.
 *
 * <p>All methods throw a {@link WireException} of kind {@link WireException.Kind#TRUNCATED} when
 * the input ends inside the requested item, and any other {@link IOException} of the underlying
 * source unchanged. Instances belong to one thread; none of the methods is safe for concurrent use.
 */
public interface WireInput {

  /** Reads one unsigned byte, 0 to 255. */
  int u8() throws IOException;

  /** Reads a 16 bit big-endian number, 0 to 65535. */
  int be16() throws IOException;

  /** Reads a 32 bit big-endian number, 0 to 2^32 - 1. */
  long be32() throws IOException;

  /** Reads a 64 bit big-endian number; values from 2^63 on appear negative. */
  long be64() throws IOException;

  /**
   * Reads a counted string (u8 length, then so many bytes; stream-format 0).
   *
   * <p>Bytes map one to one to the characters U+0000 to U+00FF, so that writing the string again
   * gives the same bytes whatever they were.
   */
  String countedString() throws IOException;

  /** Stream offset of the next byte, counted from the start of the channel (or file). */
  long position();

  /**
   * Makes the next {@code length} bytes contiguous in {@link #buffer()} from {@link
   * #bufferOffset()} on, without consuming them.
   *
   * @param length 0 to the capacity of the staging memory
   * @throws IllegalArgumentException when {@code length} exceeds the staging memory
   */
  void require(int length) throws IOException;

  /** Staging memory; only the bytes made available by {@link #require(int)} are meaningful. */
  MemorySegment buffer();

  /** Offset of the next byte inside {@link #buffer()}; changes with every call that reads. */
  long bufferOffset();

  /** Number of bytes staged after {@link #bufferOffset()}; they can be read without blocking. */
  int available();

  /** Consumes {@code length} bytes without looking at them. */
  void skip(long length) throws IOException;

  /**
   * Consumes {@code length} bytes into {@code into} from {@code offset} on. What is not staged yet
   * and large is read from the source directly into the target.
   */
  void copy(MemorySegment into, long offset, long length) throws IOException;

  /** Tells whether the input has ended; waits until a byte arrives or the peer closes. */
  boolean atEnd() throws IOException;
}
