package org.godwit.userfault.software;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.PageGate;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;

/**
 * Pages that are waited for at a gate, in Java.
 *
 * <p>Threads: everyone, under one lock; content is placed under it too, so that whoever finds a
 * page received finds all of it. The sink is called by the waiting thread, outside of the lock.
 */
final class SoftwareRegion implements UserfaultRegion, PageGate {
  private final SoftwareSession session;
  private final GuestMemory.Gated memory;
  private final FaultSink sink;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Under the lock:
  private final PageStates states;
  private boolean trapped;
  private boolean closed;

  SoftwareRegion(SoftwareSession session, GuestMemory.Gated memory, FaultSink sink) {
    this.session = session;
    this.memory = memory;
    this.sink = sink;
    this.states = new PageStates(memory.length() / memory.pageSize());
  }

  void lost(String reason) {
    sink.lost(reason);
  }

  @Override
  public GuestMemory memory() {
    return memory;
  }

  @Override
  public void discard(long offset, long length) throws UserfaultException {
    memory.checkPages(offset, length);
    lock.lock();
    try {
      if (closed) {
        throw new UserfaultException("Pages of " + session + " cannot be dropped: it is closed");
      }
      memory.drop(offset, length);
      for (long page = first(offset); page < end(offset, length); page++) {
        states.change(page, states.get(page), PageState.MISSING);
      }
    } catch (MachineException e) {
      throw new UserfaultException("Pages of " + session + " cannot be dropped", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void trap() throws UserfaultException {
    lock.lock();
    try {
      if (trapped || closed) {
        throw new UserfaultException("Memory of " + session + " is trapped already, or closed");
      }
      trapped = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Resolution install(long offset, MemorySegment from, long fromOffset, long length)
      throws UserfaultException {
    memory.checkPages(offset, length);
    Objects.checkFromIndexSize(fromOffset, length, from.byteSize());
    if (!from.isNative()) {
      throw new IllegalArgumentException("pages can be placed from native memory only");
    }
    return place(
        offset, length, at -> memory.place(at, from, fromOffset + (at - offset), pageSize()));
  }

  @Override
  public Resolution installZero(long offset, long length) throws UserfaultException {
    memory.checkPages(offset, length);
    return place(offset, length, at -> memory.placeZero(at, pageSize()));
  }

  @Override
  public Resolution settle(long offset, long length) throws UserfaultException {
    memory.checkPages(offset, length);
    Resolution result = place(offset, length, at -> {});
    return result == Resolution.ALREADY_PRESENT ? Resolution.INSTALLED : result;
  }

  /** Gives the page at an offset its content. */
  private interface Content {
    void place(long offset) throws MachineException;
  }

  private Resolution place(long offset, long length, Content content) throws UserfaultException {
    long done = 0;
    lock.lock();
    try {
      if (closed) {
        return Resolution.GONE;
      }
      if (!trapped) {
        throw new UserfaultException("Memory of " + session + " is not trapped yet");
      }
      boolean present = false;
      for (long page = first(offset); page < end(offset, length); page++) {
        present |= !placePage(page, content);
        done += pageSize();
      }
      changed.signalAll();
      return present ? Resolution.ALREADY_PRESENT : Resolution.INSTALLED;
    } catch (MachineException e) {
      changed.signalAll();
      throw new UserfaultException(
          "Pages of %s at %d cannot be placed".formatted(session, offset + done), e, done);
    } finally {
      lock.unlock();
    }
  }

  private boolean placePage(long page, Content content) throws MachineException {
    PageState before = states.get(page);
    if (before == PageState.RECEIVED) {
      return false;
    }
    content.place(page * pageSize());
    states.change(page, before, PageState.RECEIVED);
    return true;
  }

  @Override
  public Optional<PageGate> gate() {
    return Optional.of(this);
  }

  @Override
  public void await(long offset, long length, boolean write) throws MachineException {
    Objects.checkFromIndexSize(offset, length, memory.length());
    for (long page = first(offset); page < end(offset, length); page++) {
      if (ask(page)) {
        sink.missing(page * pageSize(), 0, write);
      }
      awaitPage(page);
    }
  }

  /** Marks a page as requested; true if the caller is the first who runs into it. */
  boolean ask(long page) {
    lock.lock();
    try {
      return trapped
          && !closed
          && states.change(page, PageState.MISSING, PageState.REQUESTED) == PageState.MISSING;
    } finally {
      lock.unlock();
    }
  }

  private void awaitPage(long page) throws MachineException {
    lock.lock();
    try {
      while (trapped && !closed && states.get(page) != PageState.RECEIVED) {
        changed.awaitUninterruptibly();
      }
      if (trapped && states.get(page) != PageState.RECEIVED) {
        throw new MachineException(
            "Page at %d of %s will not come: its trap was closed"
                .formatted(page * pageSize(), session));
      }
    } finally {
      lock.unlock();
    }
  }

  private long pageSize() {
    return memory.pageSize();
  }

  private long first(long offset) {
    return offset / pageSize();
  }

  private long end(long offset, long length) {
    return (offset + length + pageSize() - 1) / pageSize();
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    session.remove(this);
  }
}
