package org.godwit.savestate.devices;

import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.migration.Capability;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.SectionKey;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Dirty bitmaps of block devices as a service (capability {@code dirty-bitmaps}; stream format,
 * section 6), for machines that keep sections byte for byte. Behind RAM, as QEMU has it. Stateless.
 *
 * <p>Such a machine keeps two sections: instance 0 is the body of START, which announces the
 * bitmaps, instance 1 all that followed.
 */
@Component(property = "service.ranking:Integer=50")
public final class BitmapProvider implements LiveStateProvider {
  static final SectionKey ANNOUNCED = new SectionKey("dirty-bitmap", 0);
  static final SectionKey CONTENT = new SectionKey("dirty-bitmap", 1);
  static final int VERSION = 1;

  /** Made by the container. */
  @Activate
  public BitmapProvider() {}

  /** Whether a section of a machine is no device. */
  static boolean keeps(SectionKey key) {
    return key.equals(ANNOUNCED) || key.equals(CONTENT);
  }

  @Override
  public Optional<LiveState> outgoing(OutgoingContext context) {
    if (!context.settings().has(Capability.DIRTY_BITMAPS)) {
      return Optional.empty();
    }
    List<DeviceState> devices = context.machine().devices();
    return find(devices, ANNOUNCED)
        .flatMap(first -> find(devices, CONTENT).map(second -> new BitmapState(first, second)));
  }

  private static Optional<DeviceState> find(List<DeviceState> devices, SectionKey key) {
    return devices.stream().filter(device -> device.key().equals(key)).findFirst();
  }

  @Override
  public Optional<LiveLoad> incoming(IncomingContext context) {
    boolean on = context.settings().has(Capability.DIRTY_BITMAPS);
    return on && context.machine().deviceLoading() instanceof DeviceLoading.Recorded recorded
        ? Optional.of(new BitmapLoad(recorded.recorder()))
        : Optional.empty();
  }
}
