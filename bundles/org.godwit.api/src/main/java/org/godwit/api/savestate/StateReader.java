package org.godwit.api.savestate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The body of a section being read. Integers are big-endian and unsigned. Allocates nothing per
 * call except for strings.
 *
 * <p>Used by one thread. Every method throws {@link IOException} if the input ends or the channel
 * is broken; the caller lets it pass.
 */
@ProviderType
public interface StateReader {

  /**
   * Reads one byte.
   *
   * @return 0 to 255
   * @throws IOException at end of input or if the channel is broken
   */
  int u8() throws IOException;

  /**
   * Reads 2 bytes.
   *
   * @return 0 to 65535
   * @throws IOException at end of input or if the channel is broken
   */
  int be16() throws IOException;

  /**
   * Reads 4 bytes.
   *
   * @return 0 to 2^32-1
   * @throws IOException at end of input or if the channel is broken
   */
  long be32() throws IOException;

  /**
   * Reads 8 bytes.
   *
   * @return the value; values above 2^63-1 appear negative
   * @throws IOException at end of input or if the channel is broken
   */
  long be64() throws IOException;

  /**
   * Reads a length byte and that many bytes of text.
   *
   * @return the text
   * @throws IOException at end of input or if the channel is broken
   */
  String countedString() throws IOException;

  /**
   * Reads exactly that many bytes.
   *
   * @param into target
   * @param offset first byte in the target
   * @param length number of bytes
   * @throws IOException at end of input or if the channel is broken
   */
  void bytes(MemorySegment into, long offset, long length) throws IOException;

  /**
   * Reads what is there: at least one byte, at most {@code length}.
   *
   * @param into target
   * @param offset first byte in the target
   * @param length room in the target
   * @return bytes read, or -1 at end of input
   * @throws IOException if the channel is broken
   */
  int some(MemorySegment into, long offset, int length) throws IOException;

  /**
   * Makes the next bytes contiguous in {@link #buffer()} without consuming them.
   *
   * @param length number of bytes, at most 64 KiB
   * @throws IOException at end of input or if the channel is broken
   */
  void require(int length) throws IOException;

  /**
   * The staging buffer. Its content at {@link #bufferOffset()} is valid until the next call of any
   * other method of this reader.
   *
   * @return native memory
   */
  MemorySegment buffer();

  /**
   * Where in {@link #buffer()} the next byte lies.
   *
   * @return offset in bytes
   */
  long bufferOffset();

  /**
   * Bytes that lie ready in {@link #buffer()}.
   *
   * @return count, 0 if the next call will read from the channel
   */
  int available();

  /**
   * Waits until at least one byte lies ready in {@link #buffer()}; consumes nothing.
   *
   * @return false if the input has ended
   * @throws IOException if the channel is broken
   */
  boolean waitForMore() throws IOException;

  /** What {@link #waitForMore(Duration)} found. */
  enum Wait {
    /** At least one byte lies ready. */
    MORE,
    /** The input has ended. */
    END,
    /** Neither, in the time allowed. */
    QUIET
  }

  /**
   * The same, but not longer than a time. For the end of a stream, where a peer that sends nothing
   * more waits for an answer.
   *
   * @param atMost longest wait
   * @return what there is; never {@link Wait#QUIET} (the default) if this reader cannot tell
   * @throws IOException if the channel is broken
   */
  default Wait waitForMore(Duration atMost) throws IOException {
    return waitForMore() ? Wait.MORE : Wait.END;
  }

  /**
   * Consumes bytes.
   *
   * @param length number of bytes
   * @throws IOException at end of input or if the channel is broken
   */
  void skip(long length) throws IOException;

  /**
   * Stream offset of the next byte, for error messages.
   *
   * @return bytes consumed since the begin of the stream
   */
  long position();
}
