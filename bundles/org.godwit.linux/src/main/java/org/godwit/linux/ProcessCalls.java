package org.godwit.linux;

import static org.godwit.linux.Calls.INT;
import static org.godwit.linux.Calls.LONG;
import static org.godwit.linux.Calls.POINTER;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Facades over calls on threads and signals, and those without a function in the C library. */
final class ProcessCalls {
  private static final boolean X86 = System.getProperty("os.arch").equals("amd64");
  private static final long SYS_USERFAULTFD = X86 ? 323 : 282;
  private static final long SYS_TGKILL = X86 ? 234 : 131;

  private static final MethodHandle SYSCALL =
      Calls.bindVariadic("syscall", 1, LONG, LONG, LONG, LONG, LONG);
  private static final MethodHandle SIGACTION = Calls.bind("sigaction", INT, INT, POINTER, POINTER);
  private static final MethodHandle GETTID = Calls.bind("gettid", INT);
  private static final MethodHandle GETPID = Calls.bind("getpid", INT);

  private ProcessCalls() {}

  static long userfaultfd(int flags) {
    return syscall(SYS_USERFAULTFD, flags, 0, 0);
  }

  static long tgkill(int process, int thread, int signal) {
    return syscall(SYS_TGKILL, process, thread, signal);
  }

  static int gettid() {
    return identity(GETTID);
  }

  static int getpid() {
    return identity(GETPID);
  }

  static int sigaction(int signal, MemorySegment action, MemorySegment old) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) SIGACTION.invokeExact(errno, signal, action, old), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  private static int identity(MethodHandle function) {
    try {
      return (int) function.invokeExact(Calls.capture());
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  private static long syscall(long number, long a, long b, long c) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) SYSCALL.invokeExact(errno, number, a, b, c), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }
}
