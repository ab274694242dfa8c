package org.godwit.savestate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.FirstPages;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.RamCounters;

/** Both ends of a RAM transfer in one object. Used by the test's thread. */
final class Bench implements OutgoingContext, DirtyLog {
  final List<MemoryBlock> source;
  final List<MemoryBlock> target = new ArrayList<>();
  final List<String> rearmed = new ArrayList<>();
  final RamCounters sent = new RamCounters();
  final RamCounters received = new RamCounters();
  final Settings settings;
  Map<String, BitSet> known = Map.of();
  Optional<FirstPages.Restore> learned = Optional.empty();
  long now;
  long passes;

  /** Pages that the dirty log counts and does not mark. */
  long overcount;

  Bench(Settings settings, MemoryBlock... blocks) {
    this.settings = settings;
    this.source = List.of(blocks);
    for (MemoryBlock block : blocks) {
      target.add(new MemoryBlock(block.name(), (int) (block.length() / RamState.PAGE), true));
    }
  }

  boolean same() {
    for (int i = 0; i < source.size(); i++) {
      if (source.get(i).memory.mismatch(target.get(i).memory) >= 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Machine machine() {
    return new Sender();
  }

  @Override
  public Settings settings() {
    return settings;
  }

  @Override
  public RamCounters counters() {
    return sent;
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public RunState runStateAtSwitchover() {
    return RunState.RUNNING;
  }

  @Override
  public void passDone(long pass) {
    passes = pass;
  }

  @Override
  public void start() {}

  @Override
  public long fetch(RamBlock block, MemorySegment bitmap) {
    MemoryBlock memory = (MemoryBlock) block;
    long[] added = {0};
    memory.dirty.stream()
        .forEach(
            page -> {
              long word = bitmap.getAtIndex(ValueLayout.JAVA_LONG, page / 64);
              added[0] += (word >>> (page % 64) & 1) ^ 1;
              bitmap.setAtIndex(ValueLayout.JAVA_LONG, page / 64, word | 1L << (page % 64));
            });
    memory.dirty.clear();
    return added[0] + overcount;
  }

  @Override
  public void rearm(RamBlock block, long firstPage, long pages) {
    rearmed.add(block.name() + " " + firstPage + " " + pages);
  }

  @Override
  public void stop() {}

  IncomingContext incoming() {
    return new IncomingContext() {
      @Override
      public IncomingMachine machine() {
        return new Receiver();
      }

      @Override
      public Settings settings() {
        return settings;
      }

      @Override
      public RamCounters counters() {
        return received;
      }
    };
  }

  private final class Receiver implements IncomingMachine {
    @Override
    public String name() {
      return "target";
    }

    @Override
    public StreamTraits traits() {
      return StreamTraits.USUAL;
    }

    @Override
    public void configure(StreamConfiguration configuration) {}

    @Override
    public List<RamBlock> announce(List<BlockAnnouncement> announced) throws RefusedException {
      List<RamBlock> found = new ArrayList<>();
      for (BlockAnnouncement block : announced) {
        found.add(
            target.stream()
                .filter(b -> b.name().equals(block.name()))
                .findFirst()
                .orElseThrow(() -> new RefusedException("No block " + block.name())));
      }
      return found;
    }

    @Override
    public DeviceLoading deviceLoading() {
      return new DeviceLoading.Known(List.of());
    }

    @Override
    public Machine commit() {
      return new Sender();
    }

    @Override
    public void discard() {}
  }

  private final class Sender implements Machine, FirstPages {
    @Override
    public Map<String, BitSet> known() {
      return known;
    }

    @Override
    public void learn(Restore restore) {
      learned = Optional.of(restore);
    }

    @Override
    public Optional<Lesson> lesson() {
      return Optional.empty();
    }

    @Override
    public String name() {
      return "source";
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
      return List.copyOf(source);
    }

    @Override
    public DirtyLog dirtyLog() {
      return Bench.this;
    }

    @Override
    public List<DeviceState> devices() {
      return List.of();
    }

    @Override
    public Optional<String> recordedDescription() {
      return Optional.empty();
    }

    @Override
    public RunState runState() {
      return RunState.RUNNING;
    }

    @Override
    public void start() {}

    @Override
    public void stop(RunState reason) {}

    @Override
    public void close() {}
  }
}
