package org.godwit.api.machine;

import java.util.Map;

/**
 * What machine to make.
 *
 * @param name name of the machine in this container, unique, 1 to 64 characters of {@code
 *     [A-Za-z0-9._-]}
 * @param memoryBytes size of the main RAM block in bytes, a positive multiple of 4096
 * @param options provider specific options (see the provider's README); unknown ones are refused
 */
public record MachineSpec(String name, long memoryBytes, Map<String, String> options) {
  /** Checks ranges and copies the options. */
  public MachineSpec {
    if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
      throw new IllegalArgumentException(
          "Machine name \"" + name + "\" must be 1 to 64 characters of A-Z a-z 0-9 . _ -");
    }
    if (memoryBytes <= 0 || memoryBytes % 4096 != 0) {
      throw new IllegalArgumentException(
          "Memory size " + memoryBytes + " must be a positive multiple of 4096 bytes");
    }
    options = Map.copyOf(options);
  }
}
