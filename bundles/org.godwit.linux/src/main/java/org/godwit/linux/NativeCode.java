package org.godwit.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Machine code of our own in executable memory, called as {@code long f(void *argument)}.
 *
 * <p>The calling thread is in native state while the code runs: it may fault on guest memory and
 * blocks no safepoint. The code must follow the C calling convention, call nothing and end by
 * itself or by a word in memory that another thread sets.
 *
 * <p>Thread-safe: any number of threads may be inside. {@link #close()} only when none is.
 */
public final class NativeCode implements AutoCloseable {
  private final Mapping mapping;
  private final MethodHandle entry;

  private NativeCode(Mapping mapping) {
    this.mapping = mapping;
    // Bound to the address alone: the mapping outlives the handle's use by the contract of close().
    MemorySegment code = MemorySegment.ofAddress(mapping.segment().address());
    this.entry = Calls.bindPlain(code, FunctionDescriptor.of(Calls.LONG, Calls.POINTER));
  }

  /**
   * Puts code into executable memory.
   *
   * @param code position-independent instructions of this host's architecture; entry at offset 0
   * @return the callable code
   * @throws LinuxException if the host forbids executable memory
   */
  public static NativeCode load(byte[] code) throws LinuxException {
    return new NativeCode(Mapping.executable(code));
  }

  /**
   * Whether this process runs on x86-64, the architecture Godwit has code for.
   *
   * @return true on x86-64
   */
  public static boolean x86() {
    return System.getProperty("os.arch").equals("amd64");
  }

  /**
   * Calls the code; blocks until it returns.
   *
   * @param argument passed to it; stays alive during the call
   * @return what the code returned
   */
  public long call(MemorySegment argument) {
    try {
      return (long) entry.invokeExact(argument);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  @Override
  public void close() {
    mapping.close();
  }
}
