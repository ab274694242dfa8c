package org.godwit.wire.description;

/**
 * One FULL section in the vmdescription (stream-format 7.3). Immutable.
 *
 * @param name idstr of the section
 * @param instanceId instance of the section
 * @param state what its body is made of
 */
public record DeviceDescription(String name, long instanceId, StateDescription state) {

  /** Bytes of the section's body (7.4). */
  public long bodySize() {
    return state.bodySize();
  }
}
