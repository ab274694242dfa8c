package org.godwit.savestate.devices;

import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.savestate.DeviceLoader;
import org.godwit.api.savestate.DeviceSaver;
import org.godwit.api.savestate.DeviceStateProvider;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.OutgoingContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Device state as a service. Keeps nothing but the thread of its rehearsal. */
@Component
public final class DevicesProvider implements DeviceStateProvider {
  private final Thread rehearsal;

  /** Made by the container. */
  @Activate
  public DevicesProvider() {
    rehearsal = Rehearsal.start();
  }

  /** No code of this bundle runs after it was stopped. */
  @Deactivate
  void stop() {
    try {
      rehearsal.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether its rehearsal goes on. */
  boolean rehearses() {
    return rehearsal.isAlive();
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
