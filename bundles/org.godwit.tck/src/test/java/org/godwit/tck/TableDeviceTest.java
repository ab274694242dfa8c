package org.godwit.tck;

import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateField;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;

/** A device made from a field table, as most are. */
class TableDeviceTest extends DeviceStateContract {
  private static final StateLayout LAYOUT =
      StateLayout.of(
          "clock", 2, StateField.unsigned("ticks", 64), StateField.unsigned("divider", 16));

  private static DeviceState device(StateValues begin) {
    StateValues[] now = {begin};
    return LAYOUT.device(new SectionKey("clock", 0), () -> now[0], loaded -> now[0] = loaded);
  }

  @Override
  protected DeviceState used() {
    return device(new StateValues().put("ticks", 0x1234_5678_9abc_def0L).put("divider", 64));
  }

  @Override
  protected DeviceState blank() {
    return device(new StateValues().put("ticks", 0).put("divider", 0));
  }
}
