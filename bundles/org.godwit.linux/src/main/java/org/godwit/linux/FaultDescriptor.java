package org.godwit.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A userfaultfd in missing mode: tells which pages threads wait for, and places them.
 *
 * <p>Results of the placing calls are numbers, for they happen for every page: bytes placed, or
 * {@code -errno} ({@link Errno#EEXIST}: the page is there, {@link Errno#EAGAIN}: an event wants to
 * be read first, {@link Errno#ENOENT}: not registered any more, {@link Errno#ESRCH}: the process is
 * gone, {@link Errno#EBADF}: closed). They allocate nothing.
 *
 * <p>Threads: one reader of events; everything else from anywhere. The ranges may belong to another
 * process, from which the descriptor came.
 */
public final class FaultDescriptor implements AutoCloseable {
  private static final int EFD_FLAGS = 0x800 | 0x80000; // EFD_NONBLOCK | EFD_CLOEXEC
  private static final long WANTED =
      Userfaultfd.FEATURE_MISSING_HUGETLBFS
          | Userfaultfd.FEATURE_MISSING_SHMEM
          | Userfaultfd.FEATURE_THREAD_ID
          | WriteTracker.FEATURES;

  private static final ThreadLocal<MemorySegment> REQUEST =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Userfaultfd.COPY));

  private final Descriptor uffd;

  /** An eventfd of the reader's own, so that reading can end while placing goes on. */
  private final Descriptor bell;

  private final long features;

  /** Set by any thread, taken by the reader when it would wait. */
  private final AtomicBoolean nudged = new AtomicBoolean();

  /** Set by any thread, read by the reader before each read; the bell then stays rung. */
  private volatile boolean readingEnded;

  private FaultDescriptor(Descriptor uffd, Descriptor bell, long features) {
    this.uffd = uffd;
    this.bell = bell;
    this.features = features;
  }

  /**
   * Opens a userfaultfd of this process, with what the kernel offers of: shared memory, huge pages,
   * numbers of threads.
   *
   * @return the descriptor
   * @throws LinuxException if the kernel refuses; the message tells which permission is missing
   */
  public static FaultDescriptor open() throws LinuxException {
    return open(0);
  }

  /**
   * As {@link #open()}, and threads that give memory back wait until that was read as an event: for
   * memory whose faults another process serves.
   *
   * @return the descriptor
   * @throws LinuxException if the kernel refuses
   */
  public static FaultDescriptor openWithRemovals() throws LinuxException {
    return open(Userfaultfd.FEATURE_EVENT_REMOVE);
  }

  private static FaultDescriptor open(long required) throws LinuxException {
    long features = (UserfaultOpening.supported() & WANTED) | required;
    return of(UserfaultOpening.open(features), features);
  }

  /**
   * Takes ownership of a userfaultfd that another process opened and sent.
   *
   * @param fd the number; closed also if this fails
   * @return the descriptor
   * @throws LinuxException if the number is not open, or no userfaultfd
   */
  public static FaultDescriptor adopt(int fd) throws LinuxException {
    Descriptor uffd = Descriptor.adoptOrClose(fd);
    String target = target(fd);
    // Exactly this: a file can be called like it, and its content would be taken for events.
    if (!target.equals("anon_inode:[userfaultfd]")) {
      uffd.close();
      throw new LinuxException("adopt " + fd, Errno.EINVAL, target + " is no userfaultfd");
    }
    return of(uffd, 0);
  }

  private static String target(int fd) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
    } catch (IOException e) {
      return "what cannot be looked up (" + e + ")";
    }
  }

  private static FaultDescriptor of(Descriptor uffd, long features) throws LinuxException {
    try {
      long bell = LinuxException.check("eventfd", FileCalls.eventfd(0, EFD_FLAGS));
      return new FaultDescriptor(uffd, Descriptor.adoptOrClose((int) bell), features);
    } catch (LinuxException e) {
      uffd.close();
      throw e;
    }
  }

  /**
   * The number, for sending it to another process.
   *
   * @return valid until {@link #close()}
   */
  public int number() {
    return uffd.number();
  }

  /**
   * Whether memfds and other shared memory can be registered.
   *
   * @return false also if unknown
   */
  public boolean trapsShared() {
    return (features & Userfaultfd.FEATURE_MISSING_SHMEM) != 0;
  }

  /**
   * Whether huge pages of the host's pool can be registered.
   *
   * @return false also if unknown
   */
  public boolean trapsHugePages() {
    return (features & Userfaultfd.FEATURE_MISSING_HUGETLBFS) != 0;
  }

  /**
   * Traps accesses to absent pages of a range from now on.
   *
   * @param address first byte, page aligned
   * @param length bytes, whole pages
   * @throws LinuxException if the kernel refuses
   */
  public void register(long address, long length) throws LinuxException {
    register(address, length, Userfaultfd.REGISTER_MODE_MISSING);
  }

  /**
   * Whether {@link #register(long, long, boolean)} is possible.
   *
   * @return false also if unknown
   */
  public boolean tracksWrites() {
    return (features & WriteTracker.FEATURES) == WriteTracker.FEATURES;
  }

  /**
   * Lets a {@link WriteTracker} work on a range, beside a trap of absent pages or without one: a
   * range has one descriptor only. The kernel adds to what a range is registered for and takes
   * nothing away; only {@link #unregister} does. {@link #zero} takes absent pages that are
   * protected for present ones; place zeros by {@link #copy}.
   *
   * @param address first byte, page aligned
   * @param length bytes, whole pages
   * @param missing whether absent pages are trapped too
   * @throws LinuxException if the kernel refuses
   */
  public void register(long address, long length, boolean missing) throws LinuxException {
    long mode = missing ? Userfaultfd.REGISTER_MODE_MISSING : 0;
    register(address, length, mode | Userfaultfd.REGISTER_MODE_WP);
  }

  private void register(long address, long length, long mode) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(Userfaultfd.REGISTER);
      request.set(Calls.LONG, 0, address);
      request.set(Calls.LONG, 8, length);
      request.set(Calls.LONG, 16, mode);
      String name = "UFFDIO_REGISTER at 0x%x +0x%x".formatted(address, length);
      Ioctl.call(uffd, name, Userfaultfd.IOC_REGISTER, request);
    }
  }

  Descriptor descriptor() {
    return uffd;
  }

  /**
   * Ends the trap of a range; threads that wait for its pages go on, and absent pages become zeros.
   *
   * @param address first byte, page aligned
   * @param length bytes, whole pages
   * @return 0, or {@code -errno}
   */
  public long unregister(long address, long length) {
    return call(Userfaultfd.IOC_UNREGISTER, address, length, 0, 0);
  }

  /**
   * Places pages, up to the first that is there already.
   *
   * @param to first byte, page aligned
   * @param from address of the content in this process, which must be present
   * @param length bytes, whole pages
   * @return bytes placed, or {@code -errno} if none
   */
  public long copy(long to, long from, long length) {
    return placed(call(Userfaultfd.IOC_COPY, to, from, length, 0), 32);
  }

  /**
   * Places pages of zeros, up to the first that is there already; not for huge pages.
   *
   * @param to first byte, page aligned
   * @param length bytes, whole pages
   * @return bytes placed, or {@code -errno} if none
   */
  public long zero(long to, long length) {
    return placed(call(Userfaultfd.IOC_ZERO, to, length, 0, 0), 24);
  }

  /**
   * Lets threads that wait for pages of a range look again.
   *
   * @param address first byte, page aligned
   * @param length bytes, whole pages
   * @return 0, or {@code -errno}
   */
  public long wake(long address, long length) {
    return call(Userfaultfd.IOC_WAKE, address, length, 0, 0);
  }

  private long call(long number, long a, long b, long c, long d) {
    MemorySegment request = REQUEST.get();
    request.set(Calls.LONG, 0, a);
    request.set(Calls.LONG, 8, b);
    request.set(Calls.LONG, 16, c);
    request.set(Calls.LONG, 24, d);
    request.set(Calls.LONG, 32, 0L);
    if (!uffd.tryEnter()) {
      return -Errno.EBADF;
    }
    try {
      return FileCalls.ioctl(uffd.number(), number, request);
    } finally {
      uffd.leave();
    }
  }

  /** The kernel says EAGAIN for a run that it placed in part, and how much in the request. */
  private static long placed(long result, long field) {
    if (result == 0 || result == -Errno.EAGAIN) {
      long bytes = REQUEST.get().get(Calls.LONG, field);
      return bytes > 0 ? bytes : -Errno.EAGAIN;
    }
    return result;
  }

  /**
   * Waits for events and reads those that are there.
   *
   * @param events filled from the begin
   * @return how many; 0 after {@link #nudge()}
   * @throws LinuxAbortedException if reading was ended
   * @throws LinuxException if the kernel refuses
   */
  public int await(FaultEvents events) throws LinuxException {
    return await(events, Poll.FOREVER);
  }

  /**
   * As {@link #await(FaultEvents)}, for a time.
   *
   * @param events filled from the begin
   * @param nanos how long, rounded up to milliseconds; {@link Long#MAX_VALUE} for no bound
   * @return how many; 0 after {@link #nudge()} or when the time is over
   * @throws LinuxAbortedException if reading was ended
   * @throws LinuxException if the kernel refuses
   */
  public int await(FaultEvents events, long nanos) throws LinuxException {
    boolean waited = false;
    while (true) {
      int count = poll(events);
      if (count > 0) {
        return count;
      }
      if (nudged.getAndSet(false)) {
        silence();
        return 0;
      }
      if (waited && nanos != Poll.FOREVER) {
        return 0;
      }
      sleep(nanos);
      waited = true;
    }
  }

  /**
   * Reads the events that are there, if any.
   *
   * @param events filled from the begin
   * @return how many, 0 if none
   * @throws LinuxAbortedException if reading was ended
   * @throws LinuxException if the kernel refuses
   */
  public int poll(FaultEvents events) throws LinuxException {
    uffd.enter("read");
    try {
      if (readingEnded) {
        throw new LinuxAbortedException("read " + uffd.number(), false);
      }
      long n = FileCalls.read(uffd.number(), events.buffer(), events.buffer().byteSize());
      if (n == -Errno.EAGAIN || n == -Errno.EINTR) {
        return 0;
      }
      int count = (int) (LinuxException.check("read userfaultfd", n) / FaultEvents.ENTRY);
      events.closeForks(count);
      return count;
    } finally {
      uffd.leave();
    }
  }

  private void sleep(long nanos) throws LinuxException {
    uffd.enter("poll");
    bell.enter("poll");
    try {
      int n = Poll.await(uffd.number(), Poll.IN, bell.number(), nanos);
      LinuxException.check("poll userfaultfd", n);
    } finally {
      bell.leave();
      uffd.leave();
    }
  }

  /** Lets {@link #await} return once, from any thread. */
  public void nudge() {
    nudged.set(true);
    ring();
  }

  /** Ends {@link #await} now and later, from any thread; pages can still be placed. */
  public void endReading() {
    readingEnded = true;
    ring();
  }

  private void ring() {
    if (bell.tryEnter()) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment one = arena.allocateFrom(Calls.LONG, 1L);
        // Fails only with EAGAIN at a count of 2^64 - 2, and then the bell is ringing anyway.
        FileCalls.write(bell.number(), one, Long.BYTES);
      } finally {
        bell.leave();
      }
    }
  }

  private void silence() throws LinuxException {
    bell.enter("read");
    try {
      FileCalls.read(bell.number(), REQUEST.get(), Long.BYTES);
    } finally {
      bell.leave();
    }
    if (readingEnded) {
      ring();
    }
  }

  /**
   * Closes the descriptor. Once every process that holds it has done so, all its traps end, and
   * absent pages read as zero. A second call has no effect.
   */
  @Override
  public void close() {
    endReading();
    uffd.close();
    bell.close();
  }
}
