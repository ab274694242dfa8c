package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Missing pages at the level of system calls. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultDescriptorTest {
  private static final long PAGE = Mapping.PAGE;

  private final Arena arena = Arena.ofShared();
  private final FaultEvents events = FaultEvents.allocate(arena, 8);
  private FaultDescriptor uffd;
  private Mapping memory;
  private long address;

  @BeforeEach
  void trap() throws LinuxException {
    try {
      uffd = FaultDescriptor.openWithRemovals();
    } catch (LinuxException e) {
      NativeRequirement.missing("userfaultfd", String.valueOf(e.getMessage()));
    }
    memory = Mapping.anonymous(8 * PAGE);
    address = memory.segment().address();
    uffd.register(address, memory.length());
  }

  @AfterEach
  void release() {
    if (uffd != null) {
      uffd.close();
      memory.close();
    }
    arena.close();
  }

  private static <T> CompletableFuture<T> later(java.util.concurrent.Callable<T> action) {
    CompletableFuture<T> future = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                future.complete(action.call());
              } catch (Exception e) {
                future.completeExceptionally(e);
              }
            });
    return future;
  }

  private static <T> T result(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  @Test
  void shouldTellWhoWaitsForWhichPage() throws Exception {
    CompletableFuture<Integer> thread = new CompletableFuture<>();
    CompletableFuture<Byte> read =
        later(
            () -> {
              thread.complete(ProcessCalls.gettid());
              return RawMemory.read(address + 3 * PAGE + 17);
            });
    assertEquals(1, uffd.await(events));
    assertTrue(events.isFault(0) && !events.isRemoval(0) && !events.write(0));
    assertEquals(address + 3 * PAGE, events.address(0));
    assertEquals(result(thread), events.thread(0));
    MemorySegment page = arena.allocate(PAGE, PAGE);
    page.fill((byte) 5);
    assertEquals(PAGE, uffd.copy(address + 3 * PAGE, page.address(), PAGE));
    assertEquals((byte) 5, result(read));
  }

  @Test
  void shouldSayHowFarARunCame() {
    MemorySegment pages = arena.allocate(8 * PAGE, PAGE);
    assertEquals(PAGE, uffd.zero(address + 2 * PAGE, PAGE));
    assertEquals(2 * PAGE, uffd.copy(address, pages.address(), 8 * PAGE), "up to the page");
    assertEquals(-Errno.EEXIST, uffd.copy(address + 2 * PAGE, pages.address(), PAGE));
    assertEquals(5 * PAGE, uffd.zero(address + 3 * PAGE, 5 * PAGE));
    assertEquals(-Errno.EEXIST, uffd.zero(address, 8 * PAGE));
    assertEquals(0, uffd.unregister(address, memory.length()));
    assertEquals(-Errno.ENOENT, uffd.copy(address, pages.address(), PAGE));
  }

  /** The hazard of memory that is given back while somebody places pages. */
  @Test
  void shouldRefuseToPlaceUntilARemovalWasRead() throws Exception {
    assertEquals(PAGE, uffd.zero(address, PAGE));
    CompletableFuture<String> removed =
        later(
            () -> {
              RawMemory.discard(address, 2 * PAGE, false);
              return "removed";
            });
    assertTrue(Poll.await(uffd.number(), Poll.IN, -1, TimeUnit.SECONDS.toNanos(30)) > 0);
    assertEquals(-Errno.EAGAIN, uffd.zero(address + 4 * PAGE, PAGE));
    assertEquals(1, uffd.await(events));
    assertTrue(events.isRemoval(0));
    assertEquals(address, events.start(0));
    assertEquals(address + 2 * PAGE, events.end(0));
    assertEquals("removed", result(removed));
    assertEquals(PAGE, uffd.zero(address + 4 * PAGE, PAGE));
  }

  @Test
  void shouldEndReadingWhilePagesCanStillBePlaced() throws Exception {
    CompletableFuture<Integer> reading = later(() -> uffd.await(events));
    uffd.nudge();
    assertEquals(0, result(reading));
    CompletableFuture<Integer> again = later(() -> uffd.await(events));
    uffd.endReading();
    Exception end = assertThrows(Exception.class, () -> result(again));
    assertTrue(end.getCause() instanceof LinuxAbortedException, end.toString());
    assertThrows(LinuxAbortedException.class, () -> uffd.poll(events));
    assertEquals(PAGE, uffd.zero(address, PAGE));
    uffd.close();
    assertEquals(-Errno.EBADF, uffd.zero(address, PAGE));
  }

  @Test
  void shouldAdoptNothingElse() throws LinuxException {
    try (NativeFile file = NativeFile.memory("other", PAGE)) {
      int copy = FileCalls.fcntl(file.number(), 1030, 0);
      LinuxException refused =
          assertThrows(LinuxException.class, () -> FaultDescriptor.adopt(copy));
      assertTrue(String.valueOf(refused.getMessage()).contains("no userfaultfd"));
      assertTrue(FileCalls.fcntl(copy, 1, 0) < 0, "it is closed");
    }
  }

  @Test
  void shouldNotBelieveTheNameOfAFile(@TempDir Path directory) throws Exception {
    Path named = directory.resolve("anon_inode:[userfaultfd]");
    try (NativeFile file = NativeFile.open(named, NativeFile.Mode.NEW)) {
      int copy = FileCalls.fcntl(file.descriptor().number(), 0, 0);
      assertThrows(LinuxException.class, () -> FaultDescriptor.adopt(copy));
      assertTrue(FileCalls.fcntl(copy, 1, 0) < 0, "it is closed");
    }
  }

  @Test
  void shouldCopyThroughPlainAddresses() throws Exception {
    uffd.unregister(address, memory.length());
    MemorySegment text = arena.allocateFrom("guest");
    RawMemory.write(address + 9, text, 0, text.byteSize());
    MemorySegment back = arena.allocate(text.byteSize());
    RawMemory.read(address + 9, back, 0, back.byteSize());
    assertEquals("guest", back.getString(0));
    RawMemory.discard(address, PAGE, false);
    assertEquals(0, memory.segment().get(ValueLayout.JAVA_BYTE, 9));
  }
}
