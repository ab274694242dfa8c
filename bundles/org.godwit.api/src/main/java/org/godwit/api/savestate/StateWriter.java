package org.godwit.api.savestate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The body of a section being written. Integers are big-endian. Allocates nothing per call.
 *
 * <p>Used by one thread. An {@link IOException} means the channel is broken; the caller lets it
 * pass.
 */
@ProviderType
public interface StateWriter {

  /**
   * Writes one byte.
   *
   * @param value low 8 bits count
   * @throws IOException if the channel is broken
   */
  void u8(int value) throws IOException;

  /**
   * Writes 2 bytes.
   *
   * @param value low 16 bits count
   * @throws IOException if the channel is broken
   */
  void be16(int value) throws IOException;

  /**
   * Writes 4 bytes.
   *
   * @param value low 32 bits count
   * @throws IOException if the channel is broken
   */
  void be32(long value) throws IOException;

  /**
   * Writes 8 bytes.
   *
   * @param value the value
   * @throws IOException if the channel is broken
   */
  void be64(long value) throws IOException;

  /**
   * Writes a length byte and the text in UTF-8.
   *
   * @param text at most 255 bytes
   * @throws IOException if the channel is broken
   */
  void countedString(String text) throws IOException;

  /**
   * Copies bytes into the section; the source may change at once.
   *
   * @param from source
   * @param offset first byte
   * @param length number of bytes
   * @throws IOException if the channel is broken
   */
  void bytes(MemorySegment from, long offset, long length) throws IOException;

  /**
   * Appends native memory without copying it. It is read some time before {@link #flush()} returns;
   * it must stay mapped until then, and what it holds at the moment of reading is what is sent.
   *
   * @param from native memory
   * @param offset first byte
   * @param length number of bytes
   * @throws IOException if the channel is broken
   */
  void reference(MemorySegment from, long offset, long length) throws IOException;

  /**
   * Hands everything to the channel.
   *
   * @throws IOException if the channel is broken
   */
  void flush() throws IOException;

  /**
   * Bytes written since the begin of the stream, flushed or not.
   *
   * @return stream offset of the next byte
   */
  long position();
}
