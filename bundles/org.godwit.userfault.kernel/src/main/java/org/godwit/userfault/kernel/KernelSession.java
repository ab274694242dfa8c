package org.godwit.userfault.kernel;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.FaultEvents;
import org.godwit.linux.LinuxAbortedException;
import org.godwit.linux.LinuxException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One userfaultfd with its regions and its fault thread.
 *
 * <p>The fault thread (a platform thread) waits in native code and calls the sinks; it allocates
 * nothing. Regions come, go and place pages from any thread. The descriptor stays open until {@link
 * #close()}, also when the thread has ended: closing it would fill every absent page with zeros.
 */
public final class KernelSession implements UserfaultSession {
  private static final Logger LOG = LoggerFactory.getLogger(KernelSession.class);
  private static final int BATCH = 64;

  private final String name;
  private final FaultDescriptor uffd;
  private final boolean foreign;
  private final Consumer<KernelSession> onClose;
  private final Arena arena = Arena.ofAuto();
  private final FaultEvents events = FaultEvents.allocate(arena, BATCH);
  private final Thread thread;
  private final AtomicReference<@Nullable String> lost = new AtomicReference<>();
  private final Object lock = new Object();

  /** Replaced under the lock when a region comes or goes; read by the fault thread without it. */
  private volatile KernelRegion[] regions = {};

  /** Written under the lock; read by the fault thread to tell an ordered end from a failure. */
  private volatile boolean closed;

  /** Logs of writes that use the descriptor; under the lock. */
  private int logs;

  private KernelSession(
      String name, FaultDescriptor uffd, boolean foreign, Consumer<KernelSession> onClose) {
    this.name = name;
    this.uffd = uffd;
    this.foreign = foreign;
    this.onClose = onClose;
    this.thread =
        Thread.ofPlatform().daemon().name("godwit-userfault-" + name).unstarted(this::serve);
  }

  /**
   * Opens a session for memory of this process.
   *
   * @param name of the guest
   * @param onClose told when the session is closed
   * @return the session, with its thread running
   * @throws UserfaultException if the kernel refuses
   */
  public static KernelSession open(String name, Consumer<KernelSession> onClose)
      throws UserfaultException {
    try {
      return start(new KernelSession(name, FaultDescriptor.open(), false, onClose));
    } catch (LinuxException e) {
      throw new UserfaultException("Missing pages cannot be trapped: " + e.getMessage(), e);
    }
  }

  /**
   * Opens a session for memory of another process, which has registered it.
   *
   * @param name of the guest
   * @param uffd that process's descriptor, owned by the session from now on
   * @param onClose told when the session is closed
   * @return the session, with its thread running
   */
  public static KernelSession handed(
      String name, FaultDescriptor uffd, Consumer<KernelSession> onClose) {
    return start(new KernelSession(name, uffd, true, onClose));
  }

  private static KernelSession start(KernelSession session) {
    session.thread.start();
    return session;
  }

  @Override
  public KernelRegion add(GuestMemory memory, FaultSink sink) throws UserfaultException {
    KernelRegion region =
        switch (memory) {
          case GuestMemory.Native own when !foreign -> KernelRegion.own(this, own, sink);
          case GuestMemory.Foreign other when foreign -> KernelRegion.handed(this, other, sink);
          default ->
              throw new UserfaultException(
                  "Session " + name + " cannot trap " + memory.getClass().getSimpleName());
        };
    synchronized (lock) {
      if (closed || lost.get() != null) {
        throw new UserfaultException("Session " + name + " is closed");
      }
      List<KernelRegion> all = new ArrayList<>(List.of(regions));
      all.add(region);
      regions = all.toArray(KernelRegion[]::new);
    }
    return region;
  }

  FaultDescriptor uffd() {
    return uffd;
  }

  /** A guest whose faults nobody reads would wait for its first absent page for ever. */
  void requireWatched() throws UserfaultException {
    String reason = lost.get();
    if (reason != null) {
      throw new UserfaultException("Session " + name + " reports no faults any more: " + reason);
    }
  }

  void remove(KernelRegion region) {
    synchronized (lock) {
      List<KernelRegion> rest = new ArrayList<>(List.of(regions));
      rest.remove(region);
      regions = rest.toArray(KernelRegion[]::new);
    }
  }

  private void serve() {
    try {
      while (true) {
        dispatch(uffd.await(events));
      }
    } catch (LinuxAbortedException e) {
      LOG.debug("Fault thread of {} ends: {}", name, e.getMessage());
    } catch (LinuxException e) {
      lose("the userfault descriptor of " + name + " broke: " + e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("Fault thread of {} ends", name, e);
      lose("the fault thread of " + name + " failed: " + e);
    }
  }

  private void dispatch(int count) {
    for (int i = 0; i < count; i++) {
      if (events.isFault(i)) {
        report(events.address(i), events.thread(i), events.write(i));
      }
    }
  }

  /** A fault of a region that was closed meanwhile finds none: closing has woken its thread. */
  private void report(long address, int faulting, boolean write) {
    for (KernelRegion region : regions) {
      if (region.holds(address)) {
        region.report(address, faulting, write);
        return;
      }
    }
  }

  /**
   * Ends the fault thread although threads may be waiting: they go on waiting, pages can still be
   * placed, and the sinks are told. A second call does nothing.
   *
   * @param reason a sentence
   */
  public void lose(String reason) {
    if (closed || !lost.compareAndSet(null, reason)) {
      return;
    }
    uffd.endReading();
    for (KernelRegion region : regions) {
      region.lost(reason);
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    uffd.endReading();
    awaitThread();
    for (KernelRegion region : regions) {
      region.close();
    }
    releaseDescriptor(0);
    onClose.accept(this);
  }

  /** One more log uses the descriptor. */
  void retainDescriptor() throws UserfaultException {
    synchronized (lock) {
      if (closed) {
        throw new UserfaultException("Session " + name + " is closed");
      }
      logs++;
    }
  }

  /**
   * So many logs less use the descriptor; the last user behind the end of the session closes it.
   */
  void releaseDescriptor(int ended) {
    synchronized (lock) {
      logs -= ended;
      if (closed && logs == 0) {
        uffd.close();
      }
    }
  }

  /**
   * The region over some memory.
   *
   * @param memory as it was added
   * @return the region, empty if this session has none of it
   */
  public Optional<KernelRegion> region(GuestMemory memory) {
    return Arrays.stream(regions).filter(region -> region.memory().equals(memory)).findFirst();
  }

  /** A sink may close its own session: the thread then ends behind it. */
  private void awaitThread() {
    boolean interrupted = false;
    while (thread != Thread.currentThread() && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
