package org.godwit.tck;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.savestate.DeviceState;

/**
 * A machine without a guest: blocks of plain memory whose pages change when the test writes them,
 * and a run state that changes when it is told to. Both a source and, as {@link #incoming()}, a
 * destination. Thread-safe.
 */
public final class SimulatedMachine implements Machine {
  /** Machine type of all simulated machines. */
  public static final String TYPE = "godwit-simulated";

  private final String name;
  private final List<SimulatedBlock> blocks = new ArrayList<>();
  private final List<DeviceState> devices;
  private RunState runState = RunState.PRELAUNCH;

  /**
   * Makes a machine.
   *
   * @param name name
   * @param devices its devices
   * @param blockBytes length of each block, multiples of 4096, largest first; they are called
   *     {@code block-0} and so on
   */
  public SimulatedMachine(String name, List<DeviceState> devices, long... blockBytes) {
    this.name = name;
    this.devices = List.copyOf(devices);
    for (long length : blockBytes) {
      blocks.add(new SimulatedBlock("block-" + blocks.size(), length));
    }
  }

  /**
   * Fills a page with bytes that depend on block, page and seed, and marks it as written.
   *
   * @param block index of the block
   * @param page index of the page
   * @param seed which content
   * @return this machine
   */
  public SimulatedMachine fillPage(int block, long page, long seed) {
    MemorySegment content = java.lang.foreign.Arena.ofAuto().allocate(DirtyLog.PAGE_SIZE);
    SeededBytes bytes = new SeededBytes(seed);
    bytes.fill(content, 0, DirtyLog.PAGE_SIZE, page * DirtyLog.PAGE_SIZE);
    blocks.get(block).write(page * DirtyLog.PAGE_SIZE, content, 0, DirtyLog.PAGE_SIZE);
    return this;
  }

  /**
   * Content of all blocks, one behind the other.
   *
   * @return a copy
   */
  public byte[] memory() {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    for (SimulatedBlock block : blocks) {
      all.writeBytes(block.mapping().orElseThrow().toArray(ValueLayout.JAVA_BYTE));
    }
    return all.toByteArray();
  }

  /**
   * The receiving view of this machine.
   *
   * @return an incoming machine whose {@link IncomingMachine#commit()} gives this object
   */
  public IncomingMachine incoming() {
    return new Incoming();
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
    return List.copyOf(blocks);
  }

  @Override
  public DirtyLog dirtyLog() {
    return new Log();
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
  public synchronized RunState runState() {
    return runState;
  }

  @Override
  public synchronized void start() throws MachineException {
    if (runState == RunState.FINISH_MIGRATE) {
      throw new MachineException("The guest of machine " + name + " is being given away");
    }
    requireOwn();
    runState = RunState.RUNNING;
  }

  @Override
  public synchronized void stop(RunState reason) throws MachineException {
    if (reason != RunState.POSTMIGRATE) {
      requireOwn();
    }
    runState = reason;
  }

  private synchronized void force(RunState state) {
    runState = state;
  }

  private void requireOwn() throws MachineException {
    if (runState == RunState.POSTMIGRATE) {
      throw new MachineException("The guest of machine " + name + " was given away");
    }
  }

  @Override
  public void close() {
    // memory is left to the collector
  }

  /** Pages written through the blocks; always on, what was written before start is forgotten. */
  private final class Log implements DirtyLog {
    @Override
    public void start() {
      for (SimulatedBlock block : blocks) {
        long[] _ = block.takeDirty();
      }
    }

    @Override
    public long fetch(RamBlock block, MemorySegment bitmap) {
      long fresh = 0;
      long[] words = blocks.get(blocks.indexOf(block)).takeDirty();
      for (int i = 0; i < words.length; i++) {
        long before = bitmap.getAtIndex(ValueLayout.JAVA_LONG, i);
        bitmap.setAtIndex(ValueLayout.JAVA_LONG, i, before | words[i]);
        fresh += Long.bitCount(words[i] & ~before);
      }
      return fresh;
    }

    @Override
    public void rearm(RamBlock block, long firstPage, long pages) {
      // fetching re-arms
    }

    @Override
    public void stop() {
      // costs nothing while it is on
    }
  }

  private final class Incoming implements IncomingMachine {
    @Override
    public String name() {
      return name;
    }

    @Override
    public StreamTraits traits() {
      return StreamTraits.USUAL;
    }

    @Override
    public void configure(StreamConfiguration configuration) throws RefusedException {
      if (!configuration.machineType().equals(TYPE)) {
        throw new RefusedException(
            "The source is a " + configuration.machineType() + ", this machine is a " + TYPE);
      }
    }

    @Override
    public List<RamBlock> announce(List<BlockAnnouncement> announced) throws MachineException {
      List<RamBlock> found = new ArrayList<>();
      for (BlockAnnouncement each : announced) {
        found.add(find(each));
      }
      return found;
    }

    private RamBlock find(BlockAnnouncement announced) throws RefusedException {
      for (SimulatedBlock block : blocks) {
        if (block.name().equals(announced.name()) && block.length() == announced.length()) {
          return block;
        }
      }
      throw new RefusedException(
          "There is no block " + announced.name() + " of " + announced.length() + " bytes");
    }

    @Override
    public DeviceLoading deviceLoading() {
      return new DeviceLoading.Known(devices);
    }

    @Override
    public Machine commit() {
      force(RunState.PAUSED);
      return SimulatedMachine.this;
    }

    @Override
    public void discard() {
      // memory is left to the collector
    }
  }
}
