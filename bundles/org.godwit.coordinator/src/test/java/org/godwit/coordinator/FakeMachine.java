package org.godwit.coordinator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateField;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;

/** A guest that dirties the pages it is told to, when it is told to. Thread-safe. */
final class FakeMachine implements Machine {
  static final String TYPE = "godwit-test-1";
  static final SectionKey CLOCK = new SectionKey("clock", 0);
  static final StateLayout LAYOUT =
      StateLayout.of("clock", 1, StateField.unsigned("ticks", 64), StateField.buffer("pad", 16));

  private final String name;
  private final Guests guests;
  private final List<RamBlock> blocks = new ArrayList<>();
  private final Map<String, BitSet> written = new HashMap<>();
  private final DirtyLog log = new Log();
  private StreamTraits traits = StreamTraits.USUAL;
  private String type = TYPE;
  private RunState runState = RunState.PRELAUNCH;
  private boolean logging;
  private long ticks;
  private long fetches;
  private LongConsumer onFetch = fetch -> {};
  private Runnable onStop = () -> {};
  private final List<DeviceState> early = new ArrayList<>();
  private Runnable onStart = () -> {};
  private Runnable afterLook = () -> {};
  private StateLayout.Loader onLoad = values -> {};

  FakeMachine(String name, Guests guests, List<FakeBlock> blocks) {
    this.name = name;
    this.guests = guests;
    this.blocks.addAll(blocks);
  }

  /** Two blocks, the smaller one not mapped. */
  static FakeMachine small(String name, Guests guests) {
    return new FakeMachine(
        name, guests, List.of(FakeBlock.of("ram0", 300, true), FakeBlock.of("rom", 70, false)));
  }

  FakeMachine withTraits(StreamTraits other) {
    traits = other;
    return this;
  }

  FakeMachine withType(String other) {
    type = other;
    return this;
  }

  /** Runs at the n-th look at the dirty log (one for each block), before bits are handed out. */
  FakeMachine onFetch(LongConsumer action) {
    onFetch = action;
    return this;
  }

  FakeMachine onStop(Runnable action) {
    onStop = action;
    return this;
  }

  /** Runs when the guest is told to start, before it does. */
  FakeMachine onStart(Runnable action) {
    onStart = action;
    return this;
  }

  /** Runs when the state of the clock comes, before it is taken. */
  FakeMachine onLoad(StateLayout.Loader action) {
    onLoad = action;
    return this;
  }

  FakeMachine with(DeviceState device) {
    early.add(device);
    return this;
  }

  /** Runs after each look at the run state. */
  FakeMachine afterLook(Runnable action) {
    afterLook = action;
    return this;
  }

  /** The guest writes a word. */
  synchronized void poke(int block, long page, long value) {
    FakeBlock target = (FakeBlock) blocks.get(block);
    target.memory().set(ValueLayout.JAVA_LONG, page * 4096, value);
    written.computeIfAbsent(target.name(), n -> new BitSet()).set((int) page);
  }

  /** Fills every third page, so that zero pages remain. */
  FakeMachine filled(long seed) {
    for (int b = 0; b < blocks.size(); b++) {
      for (int page = 0; page < blocks.get(b).length() / 4096; page += 3) {
        poke(b, page, seed + page);
      }
    }
    return this;
  }

  FakeMachine ticks(long value) {
    ticks = value;
    return this;
  }

  synchronized long ticks() {
    return ticks;
  }

  synchronized void force(RunState state) {
    runState = state;
  }

  byte[] memory(int block) {
    return ((FakeBlock) blocks.get(block)).memory().toArray(ValueLayout.JAVA_BYTE);
  }

  synchronized boolean logging() {
    return logging;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String machineType() {
    return type;
  }

  @Override
  public Optional<UUID> uuid() {
    return Optional.of(new UUID(1, 2));
  }

  @Override
  public StreamTraits traits() {
    return traits;
  }

  @Override
  public List<RamBlock> blocks() {
    return List.copyOf(blocks);
  }

  @Override
  public DirtyLog dirtyLog() {
    return log;
  }

  @Override
  public List<DeviceState> devices() {
    List<DeviceState> all = new ArrayList<>(early);
    all.add(
        LAYOUT.device(
            CLOCK,
            () -> new StateValues().put("ticks", ticks()).put("pad", new byte[16]),
            values -> {
              onLoad.load(values);
              ticks(values.number("ticks"));
            }));
    return all;
  }

  @Override
  public Optional<String> recordedDescription() {
    return Optional.empty();
  }

  @Override
  public synchronized RunState runState() {
    RunState seen = runState;
    afterLook.run();
    return seen;
  }

  @Override
  public synchronized void start() throws MachineException {
    if (runState == RunState.FINISH_MIGRATE) {
      throw new MachineException("Machine " + name + " is being given away.");
    }
    requireOwn();
    onStart.run();
    runState = RunState.RUNNING;
    guests.started(name);
  }

  @Override
  public void stop(RunState reason) throws MachineException {
    synchronized (this) {
      if (reason != RunState.POSTMIGRATE) {
        requireOwn();
      }
      runState = reason;
      guests.stopped(name);
    }
    onStop.run();
  }

  private void requireOwn() throws MachineException {
    if (runState == RunState.POSTMIGRATE) {
      throw new MachineException("Machine " + name + " was given away.");
    }
  }

  @Override
  public void close() {
    guests.stopped(name);
  }

  /** Its own object, because a machine has other methods of the same names. */
  private final class Log implements DirtyLog {
    @Override
    public void start() {
      synchronized (FakeMachine.this) {
        logging = true;
      }
    }

    @Override
    public long fetch(RamBlock block, MemorySegment bitmap) {
      synchronized (FakeMachine.this) {
        onFetch.accept(++fetches);
        return take(block, bitmap);
      }
    }

    @Override
    public void rearm(RamBlock block, long firstPage, long pages) {
      // this log re-arms when it is fetched
    }

    @Override
    public void stop() {
      synchronized (FakeMachine.this) {
        logging = false;
      }
    }
  }

  private long take(RamBlock block, MemorySegment bitmap) {
    long added = 0;
    BitSet pages = written.getOrDefault(block.name(), new BitSet());
    for (int page = pages.nextSetBit(0); page >= 0; page = pages.nextSetBit(page + 1)) {
      long word = bitmap.getAtIndex(ValueLayout.JAVA_LONG, page / 64);
      long bit = 1L << (page % 64);
      added += (word & bit) == 0 ? 1 : 0;
      bitmap.setAtIndex(ValueLayout.JAVA_LONG, page / 64, word | bit);
    }
    pages.clear();
    return added;
  }
}
