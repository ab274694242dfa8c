package org.godwit.savestate.ram;

import java.util.Optional;
import org.godwit.api.migration.Capability;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.savestate.OutgoingContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** RAM as a service; its ranking puts it before other live states. Stateless. */
@Component(property = "service.ranking:Integer=100")
public final class RamProvider implements LiveStateProvider {
  /** Made by the container. */
  @Activate
  public RamProvider() {}

  @Override
  public Optional<LiveState> outgoing(OutgoingContext context) {
    RamState precopy = new RamState(context);
    boolean postcopy = context.settings().has(Capability.POSTCOPY_RAM);
    return Optional.of(postcopy ? new PostcopyRam(precopy, context) : precopy);
  }

  @Override
  public Optional<LiveLoad> incoming(IncomingContext context) {
    return Optional.of(new RamLoad(context));
  }
}
