package org.godwit.api.savestate;

/**
 * Names a piece of state on the wire (stream format, section 3.1).
 *
 * @param idstr name, 1 to 255 bytes of UTF-8, for example {@code ram} or {@code 0000:00:01.0/PIIX3}
 * @param instance instance number, an unsigned 32-bit value
 */
public record SectionKey(String idstr, long instance) {
  /** Checks ranges. */
  public SectionKey {
    if (idstr.isEmpty() || idstr.length() > 255) {
      throw new IllegalArgumentException("idstr \"" + idstr + "\" must have 1 to 255 characters");
    }
    if (instance < 0 || instance > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException(
          "instance " + instance + " is not an unsigned 32-bit value");
    }
  }

  @Override
  public String toString() {
    return idstr + "/" + instance;
  }
}
