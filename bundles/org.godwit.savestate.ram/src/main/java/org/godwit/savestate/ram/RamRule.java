package org.godwit.savestate.ram;

import java.util.EnumSet;
import java.util.List;
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
  private static final List<Capability> NOT_WITH_XBZRLE =
      List.of(Capability.MULTIFD, Capability.MAPPED_RAM, Capability.ZERO_COPY_SEND);
  private static final List<Capability> NOT_WITH_POSTCOPY =
      List.of(
          Capability.IGNORE_SHARED,
          Capability.MULTIFD,
          Capability.MAPPED_RAM,
          Capability.COMPRESS,
          Capability.BACKGROUND_SNAPSHOT);

  /** Made by the container. */
  @Activate
  public RamRule() {}

  @Override
  public Set<Capability> supported() {
    return EnumSet.of(
        Capability.XBZRLE,
        Capability.IGNORE_SHARED,
        Capability.POSTCOPY_RAM,
        Capability.POSTCOPY_PREEMPT,
        Capability.POSTCOPY_BLOCKTIME,
        Capability.RELEASE_RAM);
  }

  @Override
  public Optional<String> conflict(Settings settings, Side side) {
    return conflict(settings, Capability.XBZRLE, NOT_WITH_XBZRLE)
        .or(() -> conflict(settings, Capability.POSTCOPY_RAM, NOT_WITH_POSTCOPY))
        .or(() -> preempt(settings));
  }

  private static Optional<String> preempt(Settings settings) {
    return !settings.has(Capability.POSTCOPY_PREEMPT) || settings.has(Capability.POSTCOPY_RAM)
        ? Optional.empty()
        : Optional.of(
            "Capability postcopy-preempt needs postcopy-ram; switch postcopy-ram on or"
                + " postcopy-preempt off.");
  }

  private static Optional<String> conflict(
      Settings settings, Capability one, List<Capability> others) {
    return others.stream()
        .filter(other -> settings.has(one) && settings.has(other))
        .findFirst()
        .map(
            other ->
                "Capability %s cannot be combined with %s; switch one of them off."
                    .formatted(one.wireName(), other.wireName()));
  }
}
