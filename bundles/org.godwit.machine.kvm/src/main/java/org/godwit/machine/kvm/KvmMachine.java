package org.godwit.machine.kvm;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.GuestOutput;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.savestate.DeviceState;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.MappedIncoming;
import org.godwit.machine.mapped.RunSwitch;

/** A guest on KVM. Thread-safe. */
final class KvmMachine implements Machine, GuestOutput, SelfChecking, MappedIncoming.Vessel {
  /** Machine type on the wire. */
  static final String TYPE = "godwit-kvm-1";

  private final String name;
  private final KvmGuest guest;
  private final RunSwitch running;
  private final List<DeviceState> devices;

  KvmMachine(String name, KvmGuest guest, RunState state) {
    this.name = name;
    this.guest = guest;
    this.running = new RunSwitch(name, state, guest);
    this.devices = guest.devices();
    guest.onFailure(this::failed);
  }

  private void failed(String reason) {
    KvmGuest.LOG.error("Machine {} cannot go on: {}", name, reason);
    running.fail(RunState.INTERNAL_ERROR);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String machineType() {
    return TYPE;
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
    return List.of(guest.block());
  }

  @Override
  public DirtyLog dirtyLog() {
    return guest.log();
  }

  @Override
  public List<DeviceState> devices() {
    return devices;
  }

  @Override
  public Optional<String> recordedDescription() {
    return Optional.empty();
  }

  @Override
  public RunState runState() {
    return running.state();
  }

  @Override
  public void start() throws MachineException {
    running.start();
  }

  @Override
  public void stop(RunState reason) throws MachineException {
    running.stop(reason);
  }

  @Override
  public Output output() {
    return guest.output().output();
  }

  @Override
  public MemoryProof check() throws MachineException {
    return running.whileStopped("be checked", guest::check);
  }

  @Override
  public void close() {
    running.close();
  }

  @Override
  public Machine machine() {
    return this;
  }

  @Override
  public List<MappedBlock> mappedBlocks() {
    return List.of(guest.block());
  }

  @Override
  public void reset() {
    guest.forget();
  }

  @Override
  public void complete() throws MachineException {
    guest.complete();
    running.stop(RunState.PAUSED);
  }
}
