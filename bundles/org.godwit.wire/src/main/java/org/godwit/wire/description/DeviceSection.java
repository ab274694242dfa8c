package org.godwit.wire.description;

/**
 * One device section cut out of a stream.
 *
 * @param offset stream offset of its type byte
 * @param id section id chosen by the sender
 * @param idstr name
 * @param instance instance
 * @param version version of the content
 * @param body raw body; not copied, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, not copied
public record DeviceSection(
    long offset, long id, String idstr, long instance, long version, byte[] body) {

  /** Stream offset of the first byte of the body. */
  public long bodyOffset() {
    return offset + 14 + idstr.length();
  }
}
