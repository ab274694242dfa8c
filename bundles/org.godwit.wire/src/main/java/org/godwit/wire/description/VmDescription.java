package org.godwit.wire.description;

import java.util.List;
import java.util.Optional;

/**
 * The vmdescription: what the FULL sections of a stream are made of (stream-format 7.3). Immutable.
 *
 * @param configuration description of the configuration section; 10.0 only
 * @param pageSize target page size, bytes
 * @param devices one entry for each FULL section, in the order of sending
 */
public record VmDescription(
    Optional<StateDescription> configuration, long pageSize, List<DeviceDescription> devices) {

  /** Copies the list. */
  public VmDescription {
    devices = List.copyOf(devices);
  }

  /**
   * The first entry for a section.
   *
   * @param name idstr
   * @param instance instance
   */
  public Optional<DeviceDescription> find(String name, long instance) {
    return devices.stream()
        .filter(device -> device.instanceId() == instance && device.name().equals(name))
        .findFirst();
  }
}
