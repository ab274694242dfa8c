package org.godwit.api.machine;

import java.util.List;
import org.godwit.api.savestate.DeviceState;

/** How an incoming machine takes device sections. */
public sealed interface DeviceLoading {

  /**
   * The machine knows its devices; each section is loaded by the device of that name and instance.
   *
   * @param devices all devices that may appear in the stream
   */
  record Known(List<DeviceState> devices) implements DeviceLoading {
    /** Copies the list. */
    public Known {
      devices = List.copyOf(devices);
    }
  }

  /**
   * The machine keeps sections byte for byte without knowing them.
   *
   * @param recorder where they go
   */
  record Recorded(DeviceRecorder recorder) implements DeviceLoading {}
}
