package org.godwit.savestate.devices;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.api.savestate.DeviceLoader;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;
import org.godwit.wire.Limits;
import org.godwit.wire.description.DeviceDescription;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceState;
import org.godwit.wire.description.DeviceStateCutter;
import org.godwit.wire.description.DeviceStateCutter.Progress;
import org.godwit.wire.description.VmDescription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps device sections byte for byte for a machine that does not know them. Works on a live
 * connection: reads no further than the vmdescription. Belongs to the receiving thread.
 */
final class RecordingLoader implements DeviceLoader {
  private static final Logger LOG = LoggerFactory.getLogger(RecordingLoader.class);

  /** A source with a description sends it at once after the EOF byte, without waiting. */
  private static final Duration SOON = Duration.ofMillis(250);

  /** A pause so long is no slow network any more, where nothing else shows the end. */
  private static final Duration LATE = Duration.ofSeconds(10);

  private static final int FOOTER = 5;

  private final DeviceRecorder recorder;
  private final boolean footers;
  private final BooleanSupplier awaited;
  private final Map<SectionKey, Integer> early = new LinkedHashMap<>();
  private RunState runState = RunState.RUNNING;

  /**
   * Prepares to record.
   *
   * @param recorder where sections go
   * @param footers whether sections of this stream have footers
   * @param awaited whether the source waits for an answer instead of ending the stream
   */
  RecordingLoader(DeviceRecorder recorder, boolean footers, BooleanSupplier awaited) {
    this.awaited = awaited;
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
  public void loadEarly(SectionKey key, int version, long id, StateReader in)
      throws StateException, IOException {
    if (!footers) {
      throw new StateException(
          Fault.PEER,
          "At byte offset %d: section %s comes before the memory and has no footer, so nothing shows its end."
              .formatted(in.position(), key));
    }
    byte[] body = new EarlyBody(in, id, Limits.DEFAULT.maxDeviceStateBytes()).read();
    early.put(key, body.length);
    try {
      recorder.earlySection(key, version, body);
    } catch (MachineException e) {
      throw notKept(e);
    }
  }

  private static StateException notKept(MachineException e) {
    return new StateException(
        Fault.ENVIRONMENT, "Device sections cannot be kept: " + e.getMessage(), e);
  }

  /** Early sections were cut by their footers; the description, if there is one, has to agree. */
  private void requireDescribedSizes(VmDescription description) throws StateException {
    for (Map.Entry<SectionKey, Integer> entry : early.entrySet()) {
      SectionKey key = entry.getKey();
      Optional<DeviceDescription> device = description.find(key.idstr(), key.instance());
      if (device.isPresent() && device.get().bodySize() != entry.getValue()) {
        throw new StateException(
            Fault.PEER,
            "Section %s, before the memory, has %d bytes up to its footer instead of the %d that the vmdescription tells."
                .formatted(key, entry.getValue(), device.get().bodySize()));
      }
    }
  }

  @Override
  public void loadRest(StateReader in) throws StateException, IOException {
    DeviceState state = cut(in);
    for (String warning : state.warnings()) {
      LOG.warn("{}", warning);
    }
    if (state.description().isPresent()) {
      requireDescribedSizes(state.description().get());
    }
    try {
      record(state);
    } catch (MachineException e) {
      throw notKept(e);
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
      throw notKept(e);
    }
    if (!sections.isEmpty()) {
      DeviceSection last = sections.getLast();
      in.skip(last.bodyOffset() + last.body().length + FOOTER - begin);
    }
  }

  private DeviceState cut(StateReader in) throws IOException, StateException {
    DeviceStateCutter cutter = new DeviceStateCutter(in.position(), footers, Limits.DEFAULT);
    while (more(cutter, in)) {
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

  /** Whether more bytes came; false at the end, and where the source waits for us. */
  private boolean more(DeviceStateCutter cutter, StateReader in)
      throws IOException, StateException {
    boolean guess = awaited.getAsBoolean();
    if (guess && cutter.endsLikeWhole()) {
      return moreUnlessWhole(cutter, in);
    }
    if (guess && cutter.cannotTell()) {
      return moreOrRefuse(in);
    }
    return in.waitForMore();
  }

  /** A pause shows the end only where everything before it can be cut. */
  private static boolean moreUnlessWhole(DeviceStateCutter cutter, StateReader in)
      throws IOException {
    StateReader.Wait found = in.waitForMore(SOON);
    if (found != StateReader.Wait.QUIET) {
      return found == StateReader.Wait.MORE;
    }
    if (!cutter.mayBeWhole()) {
      return in.waitForMore();
    }
    LOG.warn(
        "No vmdescription came within {} ms; the device sections are kept without one.",
        SOON.toMillis());
    return false;
  }

  private static boolean moreOrRefuse(StateReader in) throws IOException, StateException {
    StateReader.Wait found = in.waitForMore(LATE);
    if (found == StateReader.Wait.QUIET) {
      throw new StateException(
          Fault.PEER,
          "At byte offset %d: the source has neither footers nor a vmdescription, so its device sections"
                  .formatted(in.position())
              + " cannot be told apart; switch suppress-vmdesc off there, take a newer machine type, or"
              + " receive into a machine that knows its devices.");
    }
    return found == StateReader.Wait.MORE;
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
