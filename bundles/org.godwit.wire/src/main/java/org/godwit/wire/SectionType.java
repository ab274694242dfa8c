package org.godwit.wire;

/** The byte in front of each item of the stream (stream-format 1). */
public enum SectionType {
  /** Ends the stream of sections. */
  EOF(0x00),
  /** First part of an iterable section. */
  START(0x01),
  /** Iteration data. */
  PART(0x02),
  /** Last data of an iterable section. */
  END(0x03),
  /** A complete device state. */
  FULL(0x04),
  /** Only inside a section body or the configuration. */
  SUBSECTION(0x05),
  /** Informative JSON text after EOF. */
  VMDESCRIPTION(0x06),
  /** Machine type and more, directly after the file header. */
  CONFIGURATION(0x07),
  /** A command. */
  COMMAND(0x08),
  /** Ends a section. */
  FOOTER(0x7E);

  private final int code;

  SectionType(int code) {
    this.code = code;
  }

  /** The byte on the wire. */
  public int code() {
    return code;
  }

  /**
   * Finds the type of a byte.
   *
   * @param code the byte, 0 to 255
   * @param offset its stream offset, for the error
   * @return the type
   * @throws WireException of kind {@code SECTION_TYPE} when there is none
   */
  public static SectionType of(int code, long offset) throws WireException {
    for (SectionType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    throw new WireException(
        WireException.Kind.SECTION_TYPE,
        offset,
        String.format("section type 0x%02x", code),
        "a known section type");
  }
}
