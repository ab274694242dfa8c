package org.godwit.api.savestate;

/**
 * One field of a {@link StateLayout} (stream format, section 7.2).
 *
 * @param name field name
 * @param kind how an element is encoded
 * @param size bytes of one element
 * @param count number of elements, 1 if it is no array
 * @param since first version that has the field
 */
public record StateField(String name, Kind kind, int size, int count, int since) {

  /** Encodings. */
  public enum Kind {
    /** Big-endian unsigned integer. */
    UNSIGNED("uint"),
    /** Big-endian two's complement integer. */
    SIGNED("int"),
    /** One byte, 0 or 1; anything else is refused on load. */
    BOOL("bool"),
    /** Raw bytes. */
    BUFFER("buffer"),
    /** Zero bytes, ignored on load. */
    UNUSED("unused_buffer");

    private final String typeName;

    Kind(String typeName) {
      this.typeName = typeName;
    }
  }

  /** Checks ranges. */
  public StateField {
    if (size < 1 || count < 1 || since < 0) {
      throw new IllegalArgumentException("Field \"" + name + "\" has a size, count or since < 0");
    }
  }

  /**
   * An unsigned integer.
   *
   * @param name field name
   * @param bits 8, 16, 32 or 64
   * @return the field
   */
  public static StateField unsigned(String name, int bits) {
    return new StateField(name, Kind.UNSIGNED, bits / 8, 1, 0);
  }

  /**
   * A signed integer.
   *
   * @param name field name
   * @param bits 8, 16, 32 or 64
   * @return the field
   */
  public static StateField signed(String name, int bits) {
    return new StateField(name, Kind.SIGNED, bits / 8, 1, 0);
  }

  /**
   * A truth value.
   *
   * @param name field name
   * @return the field
   */
  public static StateField bool(String name) {
    return new StateField(name, Kind.BOOL, 1, 1, 0);
  }

  /**
   * Raw bytes.
   *
   * @param name field name
   * @param bytes length
   * @return the field
   */
  public static StateField buffer(String name, int bytes) {
    return new StateField(name, Kind.BUFFER, bytes, 1, 0);
  }

  /**
   * Bytes without meaning.
   *
   * @param bytes length
   * @return the field
   */
  public static StateField unused(int bytes) {
    return new StateField("unused", Kind.UNUSED, bytes, 1, 0);
  }

  /**
   * The same as an array of integers.
   *
   * @param elements number of elements
   * @return the field
   */
  public StateField array(int elements) {
    return new StateField(name, kind, size, elements, since);
  }

  /**
   * The same, present only from a version on.
   *
   * @param version first version that has the field
   * @return the field
   */
  public StateField since(int version) {
    return new StateField(name, kind, size, count, version);
  }

  String typeName() {
    boolean integer = kind == Kind.UNSIGNED || kind == Kind.SIGNED;
    return integer ? kind.typeName + size * 8 : kind.typeName;
  }
}
