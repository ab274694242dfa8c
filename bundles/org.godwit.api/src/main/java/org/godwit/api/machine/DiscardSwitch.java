package org.godwit.api.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Whether memory that the guest gives up (balloon inflation, free page reporting) may be discarded.
 * There are times when it must not be: a page discarded at a destination in postcopy would be
 * missing again, and the source sends no page twice (free page hinting, section 7). Whoever needs
 * the memory to stay holds the switch; requests of the guest are then taken and nothing is
 * discarded.
 *
 * <p>One for each machine. Thread-safe.
 */
public final class DiscardSwitch {
  /** Keeps memory from being discarded until it is closed; closing it again does nothing. */
  public interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /** What discards. */
  @FunctionalInterface
  public interface Discard {
    /**
     * Does it.
     *
     * @throws MachineException if the host refuses
     */
    void run() throws MachineException;
  }

  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  // changed under the write lock, read under the read lock
  private final List<Held> holds = new ArrayList<>();

  /** Makes a switch that nobody holds. */
  public DiscardSwitch() {}

  private final class Held implements Hold {
    private final String holder;

    Held(String holder) {
      this.holder = holder;
    }

    @Override
    public void close() {
      lock.writeLock().lock();
      try {
        var _ = holds.remove(this);
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  /**
   * Holds the switch. When this method returns, no discard is under way any more.
   *
   * @param holder who needs the memory, for messages
   * @return what lets go again; others may hold the switch beside it
   */
  public Hold inhibit(String holder) {
    Held made = new Held(holder);
    lock.writeLock().lock();
    try {
      holds.add(made);
    } finally {
      lock.writeLock().unlock();
    }
    return made;
  }

  /**
   * Who holds the switch.
   *
   * @return a snapshot in the order of {@link #inhibit}; empty if memory may be discarded
   */
  public List<String> holders() {
    lock.readLock().lock();
    try {
      return holds.stream().map(held -> held.holder).toList();
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Discards unless somebody holds the switch, and lets nobody take it meanwhile.
   *
   * @param action must not hold or close the switch
   * @return whether the action was run
   * @throws MachineException thrown by the action
   */
  public boolean discard(Discard action) throws MachineException {
    lock.readLock().lock();
    try {
      boolean free = holds.isEmpty();
      if (free) {
        action.run();
      }
      return free;
    } finally {
      lock.readLock().unlock();
    }
  }
}
