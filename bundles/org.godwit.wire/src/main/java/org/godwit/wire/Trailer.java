package org.godwit.wire;

/**
 * What follows the EOF byte (stream-format 7.5, 10). Nothing here makes a stream invalid.
 *
 * <p>Immutable.
 */
public sealed interface Trailer {

  /** Stream offset of the first byte after EOF. */
  long offset();

  /**
   * The input ended.
   *
   * @param offset stream offset of the end
   */
  record Nothing(long offset) implements Trailer {}

  /**
   * A complete vmdescription.
   *
   * @param offset stream offset of its type byte
   * @param json raw UTF-8 text as sent; the array is not copied and not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // up to 16 MiB: handed over, not copied
  record Description(long offset, byte[] json) implements Trailer {}

  /**
   * A vmdescription that the input cuts short, or whose length exceeds the limit.
   *
   * @param offset stream offset of its type byte
   * @param reason a sentence
   */
  record Damaged(long offset, String reason) implements Trailer {}

  /**
   * Something that is no vmdescription; it was not consumed.
   *
   * @param offset stream offset of the byte
   * @param firstByte its value
   */
  record Foreign(long offset, int firstByte) implements Trailer {}
}
