package org.godwit.savestate.devices;

import java.util.Optional;
import java.util.Set;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.CapabilityRule;
import org.godwit.api.migration.Settings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Capability {@code dirty-bitmaps}, and what it excludes. Stateless. */
@Component
public final class BitmapRule implements CapabilityRule {
  /** Made by the container. */
  @Activate
  public BitmapRule() {}

  @Override
  public Set<Capability> supported() {
    return Set.of(Capability.DIRTY_BITMAPS);
  }

  @Override
  public Optional<String> conflict(Settings settings, Side side) {
    boolean both =
        settings.has(Capability.DIRTY_BITMAPS) && settings.has(Capability.BACKGROUND_SNAPSHOT);
    return both
        ? Optional.of(
            "Capability dirty-bitmaps cannot be combined with background-snapshot; switch one of"
                + " them off.")
        : Optional.empty();
  }
}
