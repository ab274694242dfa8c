package org.godwit.api.machine;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The configuration section as a peer announced it (stream format, section 2.2).
 *
 * @param machineType machine type; empty string if the stream has no configuration section
 * @param pageBits target page bits, 12 if the stream does not say
 * @param capabilities names of validated capabilities that are on at the sender
 * @param uuid UUID of the guest, if sent
 */
public record StreamConfiguration(
    String machineType, int pageBits, Set<String> capabilities, Optional<UUID> uuid) {
  /** Copies the set. */
  public StreamConfiguration {
    capabilities = Set.copyOf(capabilities);
  }
}
