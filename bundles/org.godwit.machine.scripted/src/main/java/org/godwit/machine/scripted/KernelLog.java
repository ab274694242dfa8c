package org.godwit.machine.scripted;

import java.lang.foreign.MemorySegment;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.linux.LinuxException;
import org.godwit.linux.WriteTracker;
import org.godwit.machine.mapped.MappedBlock;
import org.jspecify.annotations.Nullable;

/**
 * The log by the kernel's write protection: sees the program, Java code and system calls alike.
 *
 * <p>Threads: one at a time; {@link #stop()} also from the thread that closes the machine.
 */
final class KernelLog implements DirtyLog {
  private final MappedBlock block;
  private @Nullable WriteTracker tracker;

  KernelLog(MappedBlock block) {
    this.block = block;
  }

  @Override
  public synchronized void start() throws MachineException {
    stop();
    try {
      WriteTracker opened = WriteTracker.open(block.memory().segment());
      tracker = opened;
      opened.protect();
    } catch (LinuxException e) {
      stop();
      throw new MachineException("Writes to block " + block.name() + " cannot be tracked", e);
    }
  }

  @Override
  public synchronized long fetch(RamBlock fetched, MemorySegment bitmap) throws MachineException {
    WriteTracker running = tracker;
    if (running == null) {
      throw new MachineException("The dirty log of block " + block.name() + " is not started");
    }
    try {
      return running.fetch(bitmap);
    } catch (LinuxException e) {
      throw new MachineException("The dirty log of block " + block.name() + " is lost", e);
    }
  }

  @Override
  public void rearm(RamBlock rearmed, long firstPage, long pages) {
    // fetching re-arms in the same step
  }

  @Override
  public synchronized void stop() {
    WriteTracker running = tracker;
    tracker = null;
    if (running != null) {
      running.close();
    }
  }
}
