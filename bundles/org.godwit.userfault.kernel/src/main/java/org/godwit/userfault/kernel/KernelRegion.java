package org.godwit.userfault.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.PageGate;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.linux.Errno;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;
import org.godwit.linux.RawMemory;
import org.godwit.linux.WriteTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A range of memory under a session's userfaultfd. Thread-safe; never touches the memory. */
public final class KernelRegion implements UserfaultRegion {
  private static final Logger LOG = LoggerFactory.getLogger(KernelRegion.class);

  private enum State {
    PREPARED,
    TRAPPED,
    CLOSED
  }

  private final KernelSession session;
  private final GuestMemory memory;
  private final long address;
  private final boolean foreign;
  private final boolean shared;
  private final FaultSink sink;

  /**
   * A page of zeros where the kernel does not make pages zero: huge ones, and those whose writes
   * are logged; else nothing. Set before the first log, read by whoever places pages.
   */
  private volatile MemorySegment zeros;

  private final AtomicReference<State> state;

  /** Logs of writes that are open; guarded by this, as are changes of the registration. */
  private int logs;

  private KernelRegion(
      KernelSession session, GuestMemory memory, long address, Traits traits, FaultSink sink) {
    this.session = session;
    this.memory = memory;
    this.address = address;
    this.foreign = traits.foreign;
    this.shared = traits.shared;
    this.sink = sink;
    this.state = new AtomicReference<>(foreign ? State.TRAPPED : State.PREPARED);
    this.zeros = huge() ? pageOfZeros(memory.pageSize()) : MemorySegment.NULL;
  }

  private static MemorySegment pageOfZeros(long size) {
    return Arena.ofAuto().allocate(size, Mapping.PAGE);
  }

  private record Traits(boolean foreign, boolean shared) {}

  static KernelRegion own(KernelSession session, GuestMemory.Native memory, FaultSink sink)
      throws UserfaultException {
    boolean shared = memory.kind() == GuestMemory.Kind.SHARED;
    KernelRegion region =
        new KernelRegion(session, memory, memory.address(), new Traits(false, shared), sink);
    if (shared && !session.uffd().trapsShared()) {
      throw new UserfaultException("This kernel traps no shared memory (Linux 4.11 is wanted)");
    }
    if (region.huge() && !session.uffd().trapsHugePages()) {
      throw new UserfaultException("This kernel traps no huge pages (Linux 4.11 is wanted)");
    }
    RawMemory.smallPagesOnly(memory.address(), memory.length());
    return region;
  }

  static KernelRegion handed(KernelSession session, GuestMemory.Foreign memory, FaultSink sink) {
    return new KernelRegion(session, memory, memory.address(), new Traits(true, false), sink);
  }

  private boolean huge() {
    return memory.pageSize() > Mapping.PAGE;
  }

  boolean holds(long where) {
    return where >= address && where - address < memory.length();
  }

  void report(long where, int thread, boolean write) {
    sink.missing((where - address) & -memory.pageSize(), thread, write);
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
    if (foreign || state.get() == State.CLOSED) {
      throw new UserfaultException(
          "Pages of %s cannot be dropped: %s"
              .formatted(session, foreign ? "they belong to another process" : "it is closed"));
    }
    try {
      RawMemory.discard(address + offset, length, shared);
    } catch (LinuxException e) {
      throw new UserfaultException("Pages of " + session + " cannot be dropped", e);
    }
  }

  @Override
  public synchronized void trap() throws UserfaultException {
    if (foreign) {
      return;
    }
    session.requireWatched();
    if (!state.compareAndSet(State.PREPARED, State.TRAPPED)) {
      throw new UserfaultException("Memory of " + session + " is trapped already, or closed");
    }
    try {
      if (logs > 0) {
        session.uffd().register(address, memory.length(), true);
      } else {
        session.uffd().register(address, memory.length());
      }
    } catch (LinuxException e) {
      state.compareAndSet(State.TRAPPED, State.PREPARED);
      throw new UserfaultException(
          "Memory of %s cannot be trapped: %s".formatted(session, e.getMessage()), e);
    }
  }

  /**
   * Logs writes to this memory by the descriptor of its session, whether it is trapped or not: a
   * range has one descriptor only. Pages that are placed count as written, and all pages once when
   * the trap ends. The log outlives the session; it is used while nobody else holds the region's
   * monitor, for a moment of the end leaves the memory without protection.
   *
   * @return the log, nothing protected yet; the caller closes it
   * @throws UserfaultException if the memory belongs to another process, has huge pages, is closed,
   *     or the kernel cannot
   */
  public synchronized WriteTracker track() throws UserfaultException {
    if (foreign || huge() || state.get() == State.CLOSED || !session.uffd().tracksWrites()) {
      throw new UserfaultException(
          "Writes to memory of %s cannot be logged beside its trap: %s"
              .formatted(session, untracked()));
    }
    session.retainDescriptor();
    logs++;
    try {
      if (zeros.equals(MemorySegment.NULL)) {
        zeros = pageOfZeros(Mapping.PAGE);
      }
      session.uffd().register(address, memory.length(), state.get() == State.TRAPPED);
      return WriteTracker.over(session.uffd(), address, memory.length(), this::untrack);
    } catch (LinuxException e) {
      untrack();
      throw new UserfaultException(
          "Writes to memory of %s cannot be logged: %s".formatted(session, e.getMessage()), e);
    }
  }

  private String untracked() {
    if (foreign) {
      return "it belongs to another process";
    }
    if (huge()) {
      return "its pages are huge";
    }
    return state.get() == State.CLOSED
        ? "it is closed"
        : "this kernel cannot (Linux 6.7 is wanted)";
  }

  /**
   * A trapped range stays registered as it is: nobody is disturbed by a protection that is left.
   */
  private synchronized void untrack() {
    logs--;
    if (logs == 0 && state.get() != State.TRAPPED) {
      var _ = session.uffd().unregister(address, memory.length());
    }
    session.releaseDescriptor(1);
  }

  @Override
  public Resolution install(long offset, MemorySegment from, long fromOffset, long length)
      throws UserfaultException {
    memory.checkPages(offset, length);
    Objects.checkFromIndexSize(fromOffset, length, from.byteSize());
    if (!from.isNative()) {
      throw new IllegalArgumentException("pages can be placed from native memory only");
    }
    try {
      return place(offset, from.address() + fromOffset, length);
    } finally {
      Reference.reachabilityFence(from);
    }
  }

  @Override
  public Resolution installZero(long offset, long length) throws UserfaultException {
    memory.checkPages(offset, length);
    return place(offset, 0, length);
  }

  @Override
  public Resolution settle(long offset, long length) throws UserfaultException {
    Resolution result = installZero(offset, length);
    return result == Resolution.ALREADY_PRESENT ? Resolution.INSTALLED : result;
  }

  /** Places a run; {@code source} 0 stands for zeros. */
  private Resolution place(long offset, long source, long length) throws UserfaultException {
    if (state.get() != State.TRAPPED) {
      return notTrapped();
    }
    boolean present = false;
    long done = 0;
    while (done < length) {
      long at = address + offset + done;
      long n = source == 0 ? zero(at, length - done) : copy(at, source + done, length - done);
      if (n > 0) {
        done += n;
      } else if (n == -Errno.EEXIST) {
        // The kernel wakes nobody for it, and a waiter may have missed the first placing.
        session.uffd().wake(at, memory.pageSize());
        present = true;
        done += memory.pageSize();
      } else if (n != -Errno.EAGAIN) {
        return refused(at, n, done);
      } else if (done == 0) {
        return Resolution.RETRY;
      } else {
        Thread.onSpinWait();
      }
    }
    return present ? Resolution.ALREADY_PRESENT : Resolution.INSTALLED;
  }

  private long copy(long at, long source, long length) {
    return session.uffd().copy(at, source, length);
  }

  /** A protected page that is absent is present to the kernel's own call for zeros. */
  private long zero(long at, long length) {
    MemorySegment page = zeros;
    return page.equals(MemorySegment.NULL)
        ? session.uffd().zero(at, length)
        : session.uffd().copy(at, page.address(), memory.pageSize());
  }

  private Resolution notTrapped() throws UserfaultException {
    if (state.get() == State.PREPARED) {
      throw new UserfaultException("Memory of " + session + " is not trapped yet");
    }
    return Resolution.GONE;
  }

  private Resolution refused(long at, long result, long done) throws UserfaultException {
    int errno = (int) -result;
    return switch (errno) {
      case Errno.ENOENT, Errno.ESRCH, Errno.EBADF -> Resolution.GONE;
      default ->
          throw new UserfaultException(
              "Page at 0x%x of %s cannot be placed: %s"
                  .formatted(at, session, Errno.describe(errno)),
              LinuxException.of("ioctl", errno),
              done);
    };
  }

  @Override
  public Optional<PageGate> gate() {
    return foreign ? Optional.empty() : Optional.of(this::await);
  }

  /** Touches each page in native code, as a guest does. */
  private void await(long offset, long length, boolean write) {
    Objects.checkFromIndexSize(offset, length, memory.length());
    long end = offset + length;
    for (long at = offset & -memory.pageSize(); at < end; at += memory.pageSize()) {
      RawMemory.read(address + at);
    }
  }

  @Override
  public synchronized void close() {
    State before = state.getAndSet(State.CLOSED);
    if (before == State.CLOSED) {
      return;
    }
    session.remove(this);
    if (before == State.TRAPPED) {
      String fault = release();
      if (!fault.isEmpty()) {
        LOG.warn("Trap of {} at {} stays: {}", session, address, fault);
      }
    }
  }

  /**
   * Ends the trap, but no log: to that every page that is present counts as written. Returns what
   * is wrong.
   */
  private String release() {
    long n = session.uffd().unregister(address, memory.length());
    if (n < 0 && n != -Errno.ESRCH) {
      return Errno.describe((int) -n);
    }
    try {
      if (logs > 0) {
        session.uffd().register(address, memory.length(), false);
      }
      return "";
    } catch (LinuxException e) {
      return "its log is lost: " + e.getMessage();
    }
  }
}
