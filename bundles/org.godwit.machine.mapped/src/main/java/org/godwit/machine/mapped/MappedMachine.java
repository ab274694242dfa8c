package org.godwit.machine.mapped;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.DiscardSwitch;
import org.godwit.api.machine.GuestOutput;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.savestate.DeviceState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine with one block of memory in this process and a guest that proves it. Thread-safe. */
public abstract class MappedMachine
    implements Machine, GuestOutput, SelfChecking, MappedIncoming.Vessel {

  /** What differs from machine to machine. Stopped while its state is asked for or changed. */
  public interface Guest extends RunSwitch.Guest {
    /** Its memory. */
    MappedBlock block();

    /** Which pages it writes. */
    DirtyLog log();

    /** What it writes to its console. */
    OutputTail output();

    /** Its devices, always the same. */
    List<DeviceState> devices();

    /**
     * Compares all of its memory.
     *
     * @param listener is told how far it has come
     * @return what was found
     * @throws MachineException if it cannot be compared
     */
    MemoryProof check(WorkListener listener) throws MachineException;

    /** Forgets device state that arrived. */
    void forget();

    /**
     * Everything has arrived: becomes runnable.
     *
     * @throws MachineException if something is missing
     */
    void complete() throws MachineException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(MappedMachine.class);

  private final String type;
  private final String name;
  private final Guest guest;
  private final RunSwitch running;
  private final List<DeviceState> devices;

  /**
   * Makes a machine of a stopped guest.
   *
   * @param type machine type on the wire
   * @param name name in this process
   * @param guest its guest, which it releases
   * @param state its run state
   */
  protected MappedMachine(String type, String name, Guest guest, RunState state) {
    this.type = type;
    this.name = name;
    this.guest = guest;
    this.running = new RunSwitch(name, state, guest);
    this.devices = guest.devices();
  }

  /**
   * Tells from the guest's own thread that it cannot go on.
   *
   * @param reason why
   */
  protected final void fail(String reason) {
    LOG.error("Machine {} cannot go on: {}", name, reason);
    running.fail(RunState.INTERNAL_ERROR);
    guest.output().end();
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String machineType() {
    return type;
  }

  @Override
  public final Optional<UUID> uuid() {
    return Optional.empty();
  }

  @Override
  public final StreamTraits traits() {
    return StreamTraits.USUAL;
  }

  @Override
  public final List<RamBlock> blocks() {
    return List.of(guest.block());
  }

  @Override
  public final DirtyLog dirtyLog() {
    return guest.log();
  }

  @Override
  public final List<DeviceState> devices() {
    return devices;
  }

  @Override
  public final Optional<String> recordedDescription() {
    return Optional.empty();
  }

  @Override
  public final RunState runState() {
    return running.state();
  }

  @Override
  public final void start() throws MachineException {
    running.start();
  }

  @Override
  public final void stop(RunState reason) throws MachineException {
    running.stop(reason);
  }

  @Override
  public final Output output() {
    return guest.output().output();
  }

  @Override
  public final boolean awaitMore(long known) throws InterruptedException {
    return guest.output().awaitMore(known);
  }

  @Override
  public final MemoryProof check(WorkListener listener) throws MachineException {
    return running.whileStopped("be checked", () -> guest.check(listener));
  }

  @Override
  public final void close() {
    running.close();
    guest.output().end();
  }

  @Override
  public final Machine machine() {
    return this;
  }

  @Override
  public final Optional<DiscardSwitch> discards() {
    return Optional.of(guest.block().discards());
  }

  @Override
  public final List<MappedBlock> mappedBlocks() {
    return List.of(guest.block());
  }

  @Override
  public final void reset() {
    guest.forget();
  }

  @Override
  public final void complete() throws MachineException {
    guest.complete();
    running.stop(RunState.PAUSED);
  }
}
