package org.godwit.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.DiscardSwitch;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;

/** Receives a {@link FakeMachine} of the same layout; tells what was done with it. Thread-safe. */
final class FakeIncoming implements IncomingMachine {
  private final String name;
  private final Guests guests;
  private final List<String> calls = new ArrayList<>();
  private final DiscardSwitch discards = new DiscardSwitch();
  private boolean resettable = true;
  private boolean commitFails;
  private StreamTraits traits = StreamTraits.USUAL;
  private FakeMachine machine;
  private Optional<DeviceRecorder> recorder = Optional.empty();

  FakeIncoming(String name, Guests guests) {
    this.name = name;
    this.guests = guests;
    this.machine = fresh();
  }

  private FakeMachine fresh() {
    return FakeMachine.small(name, guests);
  }

  FakeIncoming notResettable() {
    resettable = false;
    return this;
  }

  FakeIncoming failingCommit() {
    commitFails = true;
    return this;
  }

  FakeIncoming withTraits(StreamTraits other) {
    traits = other;
    return this;
  }

  /** Does not know its devices. */
  FakeIncoming recording(DeviceRecorder sections) {
    recorder = Optional.of(sections);
    return this;
  }

  @Override
  public Optional<DiscardSwitch> discards() {
    return Optional.of(discards);
  }

  /** What has arrived so far. */
  synchronized FakeMachine machine() {
    return machine;
  }

  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public StreamTraits traits() {
    return traits;
  }

  @Override
  public synchronized void configure(StreamConfiguration configuration) throws RefusedException {
    if (traits.configuration() && !configuration.machineType().equals(FakeMachine.TYPE)) {
      throw new RefusedException(
          "The source has machine type \"%s\", this machine is \"%s\"."
              .formatted(configuration.machineType(), FakeMachine.TYPE));
    }
  }

  @Override
  public synchronized List<RamBlock> announce(List<BlockAnnouncement> announced)
      throws RefusedException {
    List<RamBlock> matched = new ArrayList<>();
    for (BlockAnnouncement block : announced) {
      matched.add(
          machine.blocks().stream()
              .filter(b -> b.name().equals(block.name()) && b.length() == block.length())
              .findFirst()
              .orElseThrow(
                  () -> new RefusedException("No block like \"" + block.name() + "\" here.")));
    }
    return matched;
  }

  @Override
  public synchronized DeviceLoading deviceLoading() {
    return recorder
        .<DeviceLoading>map(DeviceLoading.Recorded::new)
        .orElseGet(() -> new DeviceLoading.Known(machine.devices()));
  }

  @Override
  public synchronized Machine commit() throws MachineException {
    calls.add("commit");
    if (commitFails) {
      throw new MachineException("No space left for the machine.");
    }
    machine.force(RunState.PAUSED);
    return machine;
  }

  @Override
  public synchronized boolean reset() {
    calls.add("reset");
    machine = fresh();
    return resettable;
  }

  @Override
  public synchronized void discard() {
    calls.add("discard");
  }
}
