package org.godwit.linux;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Binds functions of the C library with errno captured, and reads the captured value.
 *
 * <p>Every thread has its own capture segment, so that an errno never crosses threads. Facades
 * return the kernel's convention: a result, or {@code -errno}; no exception is built for a {@code
 * EAGAIN} on the data path.
 */
@SuppressWarnings("restricted") // the one place where native functions become callable
final class Calls {
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURE.varHandle(PathElement.groupElement("errno")).withInvokeExactBehavior();
  private static final ThreadLocal<MemorySegment> SEGMENT =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURE));

  private Calls() {}

  static MethodHandle bind(String function, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        address(function),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }

  /** Binds a function such as {@code ioctl}, whose arguments from {@code first} on are variadic. */
  static MethodHandle bindVariadic(
      String function, int first, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        address(function),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(first));
  }

  /** A handle without errno for code of our own and for functions that cannot fail. */
  static MethodHandle bindPlain(MemorySegment code, FunctionDescriptor type) {
    return LINKER.downcallHandle(code, type);
  }

  /** The address of a C library function. */
  static MemorySegment address(String function) {
    return LINKER
        .defaultLookup()
        .find(function)
        .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no function " + function));
  }

  /** This thread's capture segment, to be passed as a call's first argument. */
  static MemorySegment capture() {
    return SEGMENT.get();
  }

  /** The kernel's convention from the C library's: {@code result}, or {@code -errno}. */
  static long result(long result, MemorySegment capture) {
    return result < 0 ? -(int) ERRNO.get(capture, 0L) : result;
  }

  /** As {@link #result(long, MemorySegment)} for functions that return an int. */
  static int result(int result, MemorySegment capture) {
    return result < 0 ? -(int) ERRNO.get(capture, 0L) : result;
  }

  /** A downcall throws nothing by itself; what arrives here is our own mistake or the VM's end. */
  static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      return exception;
    }
    return new IllegalStateException("a downcall threw a checked exception", thrown);
  }
}
