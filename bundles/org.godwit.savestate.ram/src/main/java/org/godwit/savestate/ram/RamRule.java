package org.godwit.savestate.ram;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.CapabilityRule;
import org.godwit.api.migration.Settings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Capabilities that the RAM bundle brings, and what they exclude. Stateless. */
@Component
public final class RamRule implements CapabilityRule {
  /** Made by the container. */
  @Activate
  public RamRule() {}

  @Override
  public Set<Capability> supported() {
    return EnumSet.of(Capability.XBZRLE, Capability.IGNORE_SHARED, Capability.POSTCOPY_RAM);
  }

  @Override
  public Optional<String> conflict(Settings settings, Side side) {
    if (!settings.has(Capability.XBZRLE)) {
      return Optional.empty();
    }
    for (Capability other :
        new Capability[] {Capability.MULTIFD, Capability.MAPPED_RAM, Capability.ZERO_COPY_SEND}) {
      if (settings.has(other)) {
        return Optional.of(
            "Capability xbzrle cannot be combined with %s; switch one of them off."
                .formatted(other.wireName()));
      }
    }
    return Optional.empty();
  }
}
