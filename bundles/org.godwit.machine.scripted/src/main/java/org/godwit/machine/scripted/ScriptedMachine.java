package org.godwit.machine.scripted;

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

/**
 * A guest of native threads that write memory by a seeded program: every page can be computed from
 * the program's state, so that a check after a move finds any stale or damaged page.
 *
 * <p>In mode {@code scripted} the guest does nothing by itself: {@link #write} makes it write
 * chosen pages and {@link #writeLine} a line of output.
 *
 * <p>Thread-safe.
 */
public final class ScriptedMachine implements Machine, GuestOutput, SelfChecking {
  /** Machine type on the wire. */
  public static final String TYPE = "godwit-scripted-1";

  private final String name;
  private final ScriptedGuest guest;
  private final RunSwitch running;
  private final List<DeviceState> devices;

  ScriptedMachine(String name, ScriptedGuest guest, RunState state) {
    this.name = name;
    this.guest = guest;
    this.running = new RunSwitch(name, state, guest);
    this.devices = List.of(ProgramState.LAYOUT.device(ProgramState.KEY, guest::save, guest::load));
  }

  /**
   * Makes a running guest of mode {@code scripted} write pages, with content that no earlier write
   * gave them; returns when they are written.
   *
   * @param firstPage index of the first page of 4096 bytes
   * @param count how many pages, at least 1
   * @throws MachineException if the guest does not run, is of another mode, or has taken 1024
   *     orders
   */
  public void write(long firstPage, long count) throws MachineException {
    guest.order(firstPage, count);
  }

  /**
   * Makes a running guest of mode {@code scripted} write its next line of output.
   *
   * @throws MachineException if the guest does not run or is of another mode
   */
  public void writeLine() throws MachineException {
    guest.orderLine();
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

  /** This machine as what a receiver fills. */
  MappedIncoming.Vessel vessel() {
    return new Vessel();
  }

  private final class Vessel implements MappedIncoming.Vessel {
    @Override
    public Machine machine() {
      return ScriptedMachine.this;
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
}
