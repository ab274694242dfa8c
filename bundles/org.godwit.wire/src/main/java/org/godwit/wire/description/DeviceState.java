package org.godwit.wire.description;

import java.util.List;
import java.util.Optional;

/**
 * All device sections of a stream, and what came with them.
 *
 * @param sections sections in the order of the stream
 * @param endOffset stream offset of the EOF byte, or of the end where there is none
 * @param json raw vmdescription, where there is one; not copied, not to be changed
 * @param description the same, parsed
 * @param warnings sentences about what is legal but not as it should be
 */
public record DeviceState(
    List<DeviceSection> sections,
    long endOffset,
    Optional<byte[]> json,
    Optional<VmDescription> description,
    List<String> warnings) {

  /** Copies the lists. */
  public DeviceState {
    sections = List.copyOf(sections);
    warnings = List.copyOf(warnings);
  }
}
