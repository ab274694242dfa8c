package org.godwit.wire;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * The configuration section (stream-format 2.2). Immutable.
 *
 * @param machineType name of the machine type, at most 255 characters
 * @param pageBits target page bits, when sent
 * @param capabilities validated capabilities that are on at the sender, in the order of the stream;
 *     empty when the subsection is not sent
 * @param uuid UUID of the machine, when sent
 */
public record Configuration(
    String machineType, OptionalInt pageBits, List<String> capabilities, Optional<UUID> uuid) {

  /** Name of the subsection with the page bits. */
  public static final String PAGE_BITS = "configuration/target-page-bits";

  /** Name of the subsection with the capabilities. */
  public static final String CAPABILITIES = "configuration/capabilities";

  /** Name of the subsection with the UUID. */
  public static final String UUID_NAME = "configuration/uuid";

  /** Copies the list. */
  public Configuration {
    capabilities = List.copyOf(capabilities);
  }

  /**
   * A configuration with a machine type only, as most machines send it.
   *
   * @param machineType name of the machine type
   */
  public static Configuration of(String machineType) {
    return new Configuration(machineType, OptionalInt.empty(), List.of(), Optional.empty());
  }
}
