package org.godwit.coordinator;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.CapabilityRule;
import org.godwit.api.migration.Settings;

/** Capabilities that the engine itself brings. */
final class CoordinatorRule implements CapabilityRule {
  @Override
  public Set<Capability> supported() {
    return EnumSet.of(
        Capability.EVENTS,
        Capability.RETURN_PATH,
        Capability.PAUSE_BEFORE_SWITCHOVER,
        Capability.SWITCHOVER_ACK,
        Capability.VALIDATE_UUID,
        Capability.ZERO_BLOCKS,
        Capability.LATE_BLOCK_ACTIVATE);
  }

  @Override
  public Optional<String> conflict(Settings settings, Side side) {
    boolean unheard =
        settings.has(Capability.SWITCHOVER_ACK) && !settings.has(Capability.RETURN_PATH);
    return unheard
        ? Optional.of(
            "Capability switchover-ack needs return-path; switch return-path on or"
                + " switchover-ack off.")
        : Optional.empty();
  }
}
