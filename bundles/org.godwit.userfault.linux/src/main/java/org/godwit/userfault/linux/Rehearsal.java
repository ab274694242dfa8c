package org.godwit.userfault.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultRegion.Resolution;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;
import org.godwit.linux.RawMemory;
import org.godwit.userfault.kernel.KernelRegion;
import org.godwit.userfault.kernel.KernelSession;

/**
 * Goes once through everything that happens while a guest waits, on memory of its own: it proves
 * that this kernel and this user can, and links and initialises all code before any guest depends
 * on it. Its parts run in the caller's thread, but for one that waits for a page.
 */
final class Rehearsal {
  private static final long PAGE = Mapping.PAGE;
  private static final long PATIENCE_SECONDS = 10;
  private static final byte MARK = 0x5a;

  private Rehearsal() {}

  static void run() throws UserfaultException {
    try (Mapping memory = Mapping.anonymous(4 * PAGE);
        KernelSession session = KernelSession.open("rehearsal", closed -> {})) {
      CompletableFuture<Long> fault = new CompletableFuture<>();
      KernelRegion region =
          session.add(
              new GuestMemory.Native(
                  memory.segment().address(), memory.length(), PAGE, GuestMemory.Kind.PRIVATE),
              (offset, thread, write) -> fault.complete(offset));
      region.discard(0, 2 * PAGE);
      region.trap();
      byte read = touch(memory, region, fault);
      expect(read == MARK, "a page was placed and reads as something else");
      expect(region.installZero(0, 2 * PAGE) == Resolution.ALREADY_PRESENT, "a page was lost");
      region.discard(0, 2 * PAGE);
      expect(region.settle(0, 2 * PAGE) == Resolution.INSTALLED, "a dropped page is present");
    } catch (LinuxException e) {
      throw new UserfaultException("Memory for a rehearsal cannot be had: " + e.getMessage(), e);
    }
  }

  private static byte touch(
      Mapping memory, UserfaultRegion region, CompletableFuture<Long> reported)
      throws UserfaultException {
    CompletableFuture<Byte> read = new CompletableFuture<>();
    long address = memory.segment().address();
    Thread.ofPlatform()
        .daemon()
        .name("godwit-userfault-probe")
        .start(() -> read.complete(RawMemory.read(address)));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(PAGE, PAGE);
      page.set(ValueLayout.JAVA_BYTE, 0, MARK);
      long offset = outcome(reported, "the kernel takes the call but reports no fault");
      expect(region.install(offset, page, 0, PAGE) == Resolution.INSTALLED, "a page was refused");
      return outcome(read, "a page was placed but the thread that waits for it does not go on");
    }
  }

  private static <T> T outcome(CompletableFuture<T> future, String otherwise)
      throws UserfaultException {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserfaultException("The rehearsal of missing pages was interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new UserfaultException("Missing pages cannot be trapped: " + otherwise, e);
    }
  }

  private static void expect(boolean condition, String otherwise) throws UserfaultException {
    if (!condition) {
      throw new UserfaultException("Missing pages cannot be trapped: " + otherwise);
    }
  }
}
