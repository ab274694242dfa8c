package org.godwit.savestate.devices;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.godwit.api.machine.RunState;
import org.godwit.api.savestate.DeviceLoader;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;

/**
 * Loads sections into the devices of a machine that knows them. Belongs to the receiving thread.
 */
final class KnownLoader implements DeviceLoader {
  private final Map<SectionKey, DeviceState> devices = new HashMap<>();
  private final GlobalState globalState = new GlobalState(() -> RunState.PAUSED);

  KnownLoader(List<DeviceState> known) {
    devices.put(GlobalState.KEY, globalState);
    known.forEach(device -> devices.put(device.key(), device));
  }

  @Override
  public boolean takesRest() {
    return false;
  }

  @Override
  public void load(SectionKey key, int version, StateReader in) throws StateException, IOException {
    long offset = in.position();
    DeviceState device = devices.get(key);
    if (device == null) {
      throw refuse(
          offset,
          "device section %s is unknown to this machine, which has %s"
              .formatted(
                  key, devices.keySet().stream().map(SectionKey::toString).sorted().toList()));
    }
    if (version < device.minimumVersion() || version > device.version()) {
      throw refuse(
          offset,
          "device section %s has version %d; this machine loads %d to %d"
              .formatted(key, version, device.minimumVersion(), device.version()));
    }
    load(device, version, in, offset);
  }

  private static void load(DeviceState device, int version, StateReader in, long offset)
      throws StateException, IOException {
    try {
      device.load(in, version);
    } catch (StateException e) {
      throw new StateException(
          e.fault(),
          "In device section %s at byte offset %d: %s"
              .formatted(device.key(), offset, e.getMessage()),
          e);
    }
  }

  private static StateException refuse(long offset, String what) {
    return new StateException(Fault.PEER, "At byte offset %d: %s.".formatted(offset, what));
  }

  @Override
  public void loadRest(StateReader in) {
    throw new UnsupportedOperationException("The devices are known; sections come one by one.");
  }

  @Override
  public RunState sourceRunState() {
    return globalState.loaded();
  }
}
