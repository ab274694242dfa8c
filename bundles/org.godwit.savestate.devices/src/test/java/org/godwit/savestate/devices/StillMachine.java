package org.godwit.savestate.devices;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateField;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;

/** A machine with two small devices that never runs. Used by the test's thread. */
final class StillMachine implements Machine, OutgoingContext, DeviceRecorder {
  static final StateLayout UART =
      StateLayout.of(
              "uart",
              3,
              StateField.unsigned("divider", 16),
              StateField.buffer("fifo", 16),
              StateField.unsigned("timeout", 32).since(3))
          .withMinimumVersion(2);

  final List<String> recorded = new ArrayList<>();
  byte[] early = {};
  long divider;
  long timeout;
  Optional<String> description = Optional.empty();
  RunState runState = RunState.RUNNING;

  StillMachine(long divider) {
    this.divider = divider;
  }

  private DeviceState uart(int instance) {
    return UART.device(
        new SectionKey("uart", instance),
        () ->
            new StateValues()
                .put("divider", divider + instance)
                .put("fifo", new byte[16])
                .put("timeout", 5),
        values -> {
          divider = values.number("divider");
          timeout = values.has("timeout") ? values.number("timeout") : -1;
        });
  }

  @Override
  public List<DeviceState> devices() {
    return List.of(uart(0), uart(1));
  }

  IncomingContext incoming(DeviceLoading loading) {
    return new IncomingContext() {
      @Override
      public IncomingMachine machine() {
        return new Receiver(loading);
      }

      @Override
      public Settings settings() {
        return Settings.defaults();
      }

      @Override
      public RamCounters counters() {
        return new RamCounters();
      }
    };
  }

  @Override
  public void section(SectionKey key, int version, byte[] body) {
    recorded.add(key + " v" + version + " " + body.length);
  }

  @Override
  public void earlySection(SectionKey key, int version, byte[] body) {
    early = body;
  }

  @Override
  public void description(String json) {
    description = Optional.of(json);
  }

  @Override
  public Machine machine() {
    return this;
  }

  @Override
  public Settings settings() {
    return Settings.defaults();
  }

  @Override
  public RamCounters counters() {
    return new RamCounters();
  }

  @Override
  public long nanoTime() {
    return 0;
  }

  @Override
  public RunState runStateAtSwitchover() {
    return runState;
  }

  @Override
  public void passDone(long pass) {}

  @Override
  public String name() {
    return "still";
  }

  @Override
  public String machineType() {
    return "test";
  }

  @Override
  public Optional<UUID> uuid() {
    return Optional.empty();
  }

  @Override
  public StreamTraits traits() {
    return StreamTraits.USUAL;
  }

  @Override
  public List<RamBlock> blocks() {
    return List.of();
  }

  @Override
  public DirtyLog dirtyLog() {
    throw new UnsupportedOperationException("This machine has no memory.");
  }

  @Override
  public Optional<String> recordedDescription() {
    return description;
  }

  @Override
  public RunState runState() {
    return runState;
  }

  @Override
  public void start() {}

  @Override
  public void stop(RunState reason) {}

  @Override
  public void close() {}

  private record Receiver(DeviceLoading deviceLoading) implements IncomingMachine {
    @Override
    public String name() {
      return "receiver";
    }

    @Override
    public StreamTraits traits() {
      return StreamTraits.USUAL;
    }

    @Override
    public void configure(StreamConfiguration configuration) {}

    @Override
    public List<RamBlock> announce(List<BlockAnnouncement> announced) {
      return List.of();
    }

    @Override
    public Machine commit() {
      return new StillMachine(0);
    }

    @Override
    public void discard() {}
  }
}
