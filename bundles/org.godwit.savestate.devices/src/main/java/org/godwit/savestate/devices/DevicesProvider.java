package org.godwit.savestate.devices;

import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.savestate.DeviceLoader;
import org.godwit.api.savestate.DeviceSaver;
import org.godwit.api.savestate.DeviceStateProvider;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.OutgoingContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Device state as a service. Stateless. */
@Component
public final class DevicesProvider implements DeviceStateProvider {
  /** Made by the container. */
  @Activate
  public DevicesProvider() {
    Rehearsal.start();
  }

  @Override
  public DeviceSaver outgoing(OutgoingContext context) {
    return new MachineSaver(context);
  }

  @Override
  public DeviceLoader incoming(IncomingContext context) {
    return switch (context.machine().deviceLoading()) {
      case DeviceLoading.Known known -> new KnownLoader(known.devices());
      case DeviceLoading.Recorded recorded ->
          new RecordingLoader(
              recorded.recorder(),
              context.machine().traits().footers(),
              context::sourceAwaitsAnswer);
    };
  }
}
