package org.godwit.savestate.devices;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.api.savestate.DeviceLoader;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;
import org.godwit.wire.Limits;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceState;
import org.godwit.wire.description.DeviceStateCutter;
import org.godwit.wire.description.DeviceStateCutter.Progress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps device sections byte for byte for a machine that does not know them. Works on a live
 * connection: reads no further than the vmdescription. Belongs to the receiving thread.
 */
final class RecordingLoader implements DeviceLoader {
  private static final Logger LOG = LoggerFactory.getLogger(RecordingLoader.class);

  private static final int FOOTER = 5;

  private final DeviceRecorder recorder;
  private final boolean footers;
  private RunState runState = RunState.RUNNING;

  /**
   * Prepares to record.
   *
   * @param recorder where sections go
   * @param footers whether sections of this stream have footers
   */
  RecordingLoader(DeviceRecorder recorder, boolean footers) {
    this.recorder = recorder;
    this.footers = footers;
  }

  @Override
  public boolean takesRest() {
    return true;
  }

  @Override
  public void load(SectionKey key, int version, StateReader in) {
    throw new UnsupportedOperationException("The devices are unknown; only the rest can be taken.");
  }

  @Override
  public void loadRest(StateReader in) throws StateException, IOException {
    DeviceState state = cut(in);
    for (String warning : state.warnings()) {
      LOG.warn("{}", warning);
    }
    try {
      record(state);
    } catch (MachineException e) {
      throw unkept(e);
    }
  }

  @Override
  public void loadPackaged(StateReader in) throws StateException, IOException {
    if (!footers) {
      throw new StateException(
          Fault.PEER,
          "Device sections of this machine type have no footers and cannot be told apart in a"
              + " package; switch postcopy-ram off.");
    }
    byte[] rest = new byte[in.available()];
    MemorySegment.copy(in.buffer(), JAVA_BYTE, in.bufferOffset(), rest, 0, rest.length);
    long begin = in.position();
    List<DeviceSection> sections = DeviceStateCutter.cut(rest, begin, Optional.empty());
    try {
      record(sections);
    } catch (MachineException e) {
      throw unkept(e);
    }
    if (!sections.isEmpty()) {
      DeviceSection last = sections.getLast();
      in.skip(last.bodyOffset() + last.body().length + FOOTER - begin);
    }
  }

  private static StateException unkept(MachineException e) {
    return new StateException(
        Fault.ENVIRONMENT, "Device sections cannot be kept: " + e.getMessage(), e);
  }

  private DeviceState cut(StateReader in) throws IOException {
    DeviceStateCutter cutter = new DeviceStateCutter(in.position(), footers, Limits.DEFAULT);
    while (in.waitForMore()) {
      int count = in.available();
      Progress progress = cutter.offer(in.buffer(), in.bufferOffset(), count);
      if (progress == Progress.COMPLETE) {
        in.skip(count - cutter.surplus());
        return cutter.result();
      }
      in.skip(count);
    }
    return cutter.endOfInput();
  }

  private void record(DeviceState state) throws MachineException {
    record(state.sections());
    if (state.json().isPresent()) {
      recorder.description(new String(state.json().get(), StandardCharsets.UTF_8));
    }
  }

  private void record(List<DeviceSection> sections) throws MachineException {
    for (DeviceSection section : sections) {
      SectionKey key = new SectionKey(section.idstr(), section.instance());
      if (key.equals(GlobalState.KEY)) {
        runState = GlobalState.ofBody(section.body());
      }
      recorder.section(key, (int) section.version(), section.body());
    }
  }

  @Override
  public RunState sourceRunState() {
    return runState;
  }
}
