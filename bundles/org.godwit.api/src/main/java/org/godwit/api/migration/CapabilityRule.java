package org.godwit.api.migration;

import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a feature says about capabilities: which it brings, and what they exclude or need.
 * Registered as a service by the bundle that has the feature; a capability that no rule supports is
 * refused. Thread-safe, without side effects.
 */
@ConsumerType
public interface CapabilityRule {

  /** Which side the settings are for. */
  enum Side {
    /** Outgoing migration. */
    SOURCE,
    /** Incoming migration. */
    DESTINATION
  }

  /**
   * Capabilities that work because this feature is there.
   *
   * @return unmodifiable set
   */
  Set<Capability> supported();

  /**
   * Looks for conflicts.
   *
   * @param settings settings to be used
   * @param side for which side
   * @return empty if this feature has nothing against them, else a sentence that names both
   *     capabilities and what to switch off
   */
  Optional<String> conflict(Settings settings, Side side);
}
