package org.godwit.api.savestate;

import java.util.List;
import java.util.Optional;

/**
 * What the bytes of a section mean: one entry of a vmdescription (stream format, section 7.3).
 *
 * @param name type of the state ({@code vmsd_name})
 * @param version version of the content
 * @param fields fields in order of writing
 * @param subsections subsections in order of writing
 */
public record StateDescription(
    String name, int version, List<Field> fields, List<StateDescription> subsections) {
  /** Copies the lists. */
  public StateDescription {
    fields = List.copyOf(fields);
    subsections = List.copyOf(subsections);
  }

  /**
   * One field.
   *
   * @param name field name
   * @param type type name as QEMU writes it, for example {@code uint32} or {@code buffer}
   * @param size bytes of one element
   * @param arrayLength number of elements, 1 if the field is no array
   * @param struct content of a structure, if the field is one
   */
  public record Field(
      String name, String type, long size, int arrayLength, Optional<StateDescription> struct) {}

  /**
   * Description of a body without inner structure.
   *
   * @param version version of the section
   * @param size bytes
   * @return a description with the one field {@code data}
   */
  public static StateDescription opaque(int version, long size) {
    return new StateDescription(
        "", version, List.of(new Field("data", "buffer", size, 1, Optional.empty())), List.of());
  }
}
