package org.godwit.savestate.devices;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.godwit.api.machine.Machine;
import org.godwit.api.savestate.DeviceSaver;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.StateDescription;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateWriter;
import org.godwit.wire.WireException;
import org.godwit.wire.description.DeviceDescription;
import org.godwit.wire.description.FieldDescription;
import org.godwit.wire.description.VmDescription;
import org.godwit.wire.description.VmDescriptionCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves the devices of one machine and {@code globalstate}. Belongs to the sending thread. */
final class MachineSaver implements DeviceSaver {
  private static final Logger LOG = LoggerFactory.getLogger(MachineSaver.class);
  private static final long PAGE_SIZE = 4096;

  private final Machine machine;
  private final List<DeviceState> devices;
  private final List<DeviceDescription> saved = new ArrayList<>();

  MachineSaver(OutgoingContext context) {
    machine = context.machine();
    List<DeviceState> all = new ArrayList<>(machine.devices());
    all.removeIf(device -> BitmapProvider.keeps(device.key()));
    if (all.stream().noneMatch(d -> d.key().equals(GlobalState.KEY))) {
      OptionalInt place = placeOfGlobalState(machine, all.size());
      if (place.isPresent()) {
        all.add(place.getAsInt(), new GlobalState(context::runStateAtSwitchover));
      }
    }
    devices = List.copyOf(all);
    rehearse();
  }

  /** Describing for the first time costs tens of milliseconds: not while the guest is stopped. */
  private static void rehearse() {
    DeviceDescription example =
        new DeviceDescription(GlobalState.KEY.idstr(), 0, translate(GlobalState.DESCRIPTION));
    byte[] _ =
        VmDescriptionCodec.write(new VmDescription(Optional.empty(), PAGE_SIZE, List.of(example)));
  }

  /** Last; with a recorded description where that one has it, and nowhere if it has none. */
  private static OptionalInt placeOfGlobalState(Machine machine, int last) {
    if (machine.recordedDescription().isEmpty()) {
      return OptionalInt.of(last);
    }
    byte[] json = machine.recordedDescription().get().getBytes(StandardCharsets.UTF_8);
    try {
      List<DeviceDescription> described = VmDescriptionCodec.parse(json, 0).devices();
      for (int i = 0; i < described.size(); i++) {
        if (described.get(i).name().equals(GlobalState.KEY.idstr())) {
          return OptionalInt.of(Math.min(i, last));
        }
      }
      return OptionalInt.empty();
    } catch (WireException e) {
      LOG.warn("The recorded description of {} is unreadable", machine.name(), e);
      return OptionalInt.of(last);
    }
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
