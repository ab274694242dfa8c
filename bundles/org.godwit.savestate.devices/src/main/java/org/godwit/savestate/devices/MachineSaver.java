package org.godwit.savestate.devices;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.api.machine.Machine;
import org.godwit.api.savestate.DeviceSaver;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.StateDescription;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateWriter;
import org.godwit.wire.description.DeviceDescription;
import org.godwit.wire.description.FieldDescription;
import org.godwit.wire.description.VmDescription;
import org.godwit.wire.description.VmDescriptionCodec;

/** Saves the devices of one machine, {@code globalstate} last. Belongs to the sending thread. */
final class MachineSaver implements DeviceSaver {
  private static final long PAGE_SIZE = 4096;

  private final Machine machine;
  private final List<DeviceState> devices;
  private final List<DeviceDescription> saved = new ArrayList<>();

  MachineSaver(OutgoingContext context) {
    machine = context.machine();
    List<DeviceState> all = new ArrayList<>(machine.devices());
    // recorded sections have their own, from the source that was recorded
    if (machine.recordedDescription().isEmpty()
        && all.stream().noneMatch(d -> d.key().equals(GlobalState.KEY))) {
      all.add(new GlobalState(context::runStateAtSwitchover));
    }
    devices = List.copyOf(all);
  }

  @Override
  public List<DeviceState> devices() {
    return devices;
  }

  @Override
  public void save(DeviceState device, StateWriter out) throws StateException, IOException {
    StateDescription description = device.save(out);
    saved.add(
        new DeviceDescription(
            device.key().idstr(), device.key().instance(), translate(description)));
  }

  private static org.godwit.wire.description.StateDescription translate(StateDescription state) {
    return new org.godwit.wire.description.StateDescription(
        state.name(),
        state.version(),
        state.fields().stream().map(MachineSaver::translate).toList(),
        state.subsections().stream().map(MachineSaver::translate).toList());
  }

  private static FieldDescription translate(StateDescription.Field field) {
    return new FieldDescription(
        field.name(),
        field.type(),
        field.size(),
        field.arrayLength() == 1 ? OptionalLong.empty() : OptionalLong.of(field.arrayLength()),
        OptionalLong.empty(),
        field.struct().map(MachineSaver::translate),
        false);
  }

  @Override
  public Optional<String> description() {
    Optional<String> recorded = machine.recordedDescription();
    if (recorded.isPresent()) {
      return recorded;
    }
    byte[] json = VmDescriptionCodec.write(new VmDescription(Optional.empty(), PAGE_SIZE, saved));
    return Optional.of(new String(json, StandardCharsets.UTF_8));
  }
}
