package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Interrupts the blocking system call of one thread, such as {@code KVM_RUN}, with a signal.
 *
 * <p>The signal's handler is the C library's {@code abs}: it does nothing and is not Java, so it
 * may run anywhere. A kick that arrives between two calls is lost; callers repeat it until the
 * thread acknowledges.
 *
 * <p>Thread-safe; a thread that has ended is not reached and does no harm, unless its number is in
 * use again: end kicking before the thread ends.
 */
public final class ThreadKick {
  /** A real-time signal that neither the JVM nor the C library uses (34 is the first free one). */
  private static final int SIGNAL = 44;

  /** {@code struct sigaction} of the C library: handler, mask (128 bytes), flags, restorer. */
  private static final long SIGACTION = 152;

  private static final int INSTALLED = install();

  private final int thread;

  private ThreadKick(int thread) {
    this.thread = thread;
  }

  /**
   * A kick for the calling thread, which must be a platform thread.
   *
   * @return kicks this thread, from anywhere
   * @throws LinuxException if the signal's handler could not be installed
   */
  public static ThreadKick current() throws LinuxException {
    LinuxException.check("sigaction " + SIGNAL, INSTALLED);
    return new ThreadKick(ProcessCalls.gettid());
  }

  /** Sends the signal. */
  public void kick() {
    // ESRCH: the thread has ended, and nothing is left to interrupt.
    ProcessCalls.tgkill(ProcessCalls.getpid(), thread, SIGNAL);
  }

  private static int install() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(SIGACTION, 8);
      action.set(Calls.POINTER, 0, Calls.address("abs"));
      return ProcessCalls.sigaction(SIGNAL, action, MemorySegment.NULL);
    }
  }
}
