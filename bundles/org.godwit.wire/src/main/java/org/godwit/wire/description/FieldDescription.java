package org.godwit.wire.description;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One field of a device state (stream-format 7.3). Immutable.
 *
 * @param name name
 * @param type type, e.g. {@code uint32}, {@code buffer}, {@code struct}
 * @param size bytes of one element, with everything nested in it
 * @param arrayLength number of equal elements described once, where there are several
 * @param index index of this element, where elements of an array are described one by one
 * @param nested what the element is made of, where it is a struct
 * @param inline whether the nested state stands beside the field's own keys ({@code tmp}) and not
 *     under the key {@code struct}
 */
public record FieldDescription(
    String name,
    String type,
    long size,
    OptionalLong arrayLength,
    OptionalLong index,
    Optional<StateDescription> nested,
    boolean inline) {

  /**
   * A plain field.
   *
   * @param name name
   * @param type type
   * @param size bytes
   */
  public static FieldDescription of(String name, String type, long size) {
    return new FieldDescription(
        name, type, size, OptionalLong.empty(), OptionalLong.empty(), Optional.empty(), false);
  }

  /** Number of elements; 1 without an array length. */
  public long elements() {
    return arrayLength.orElse(1);
  }
}
