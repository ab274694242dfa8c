package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.Support;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultRegion.Resolution;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a backend for missing pages must do. Accesses that may fault are made by {@link #access},
 * never by this class: Java code that waits for a page cannot reach a safepoint.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class UserfaultContract {
  private static final int PAGES = 16;
  private static final int PATIENCE_SECONDS = 20;

  private final ExecutorService guest =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());
  private final BlockingQueue<Long> faults = new ArrayBlockingQueue<>(1024);
  private final Arena arena = Arena.ofShared();
  private final List<UserfaultRegion> regions = new ArrayList<>();

  /** Creates the contract. */
  protected UserfaultContract() {}

  /**
   * The backend under test.
   *
   * @return new object
   */
  protected abstract UserfaultBackend backend();

  /**
   * Memory whose pages are all absent, fit to be registered.
   *
   * @param length bytes
   * @return mapping, released after the test by the subclass
   * @throws Exception if it cannot be had
   */
  protected abstract MemorySegment absentMemory(long length) throws Exception;

  /**
   * Reads one byte the way a guest does, waiting for its page: in native code (a system call or a
   * plain downcall), or through the backend where it traps in software.
   *
   * @param memory registered memory
   * @param offset which byte
   * @return its value
   * @throws Exception if the access fails
   */
  protected abstract byte access(MemorySegment memory, long offset) throws Exception;

  /**
   * Page size of that memory.
   *
   * @return 4096 unless overridden
   */
  protected long pageSize() {
    return 4096;
  }

  @BeforeEach
  final void requireSupport() {
    Support support = backend().probe();
    assumeTrue(support instanceof Support.Available, () -> "not available here: " + support);
  }

  @AfterEach
  final void release() throws Exception {
    regions.forEach(UserfaultRegion::close);
    guest.shutdown();
    if (guest.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      arena.close();
    }
  }

  private UserfaultRegion register(MemorySegment memory) throws UserfaultException {
    UserfaultRegion region =
        backend().register(memory, pageSize(), (offset, write) -> assertTrue(faults.offer(offset)));
    regions.add(region);
    return region;
  }

  private MemorySegment content(long seed) {
    MemorySegment page = arena.allocate(pageSize(), pageSize());
    new SeededBytes(seed).fill(page, 0, pageSize(), 0);
    return page;
  }

  private Future<Byte> touch(MemorySegment memory, long offset) {
    return guest.submit(() -> access(memory, offset));
  }

  private static byte result(Future<Byte> task) throws Exception {
    return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private long nextFault() throws InterruptedException {
    Long offset = faults.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    return assertInstanceOf(Long.class, offset, "no fault was reported");
  }

  @Test
  final void shouldReportAFaultAndLetTheThreadGoOnWithThePage() throws Exception {
    MemorySegment memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = register(memory);
    Future<Byte> read = touch(memory, 3 * pageSize() + 5);
    assertEquals(3 * pageSize(), nextFault(), "the begin of the page is reported");
    assertEquals(Resolution.INSTALLED, region.install(3 * pageSize(), content(9), 0));
    assertEquals(new SeededBytes(9).at(5), result(read));
  }

  @Test
  final void shouldInstallZeroPages() throws Exception {
    MemorySegment memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = register(memory);
    Future<Byte> read = touch(memory, 0);
    assertEquals(0, nextFault());
    assertEquals(Resolution.INSTALLED, region.installZero(0));
    assertEquals(0, result(read));
  }

  @Test
  final void shouldNotFaultOnAPageThatCameAhead() throws Exception {
    MemorySegment memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = register(memory);
    assertEquals(Resolution.INSTALLED, region.install(pageSize(), content(4), 0));
    assertEquals(new SeededBytes(4).at(1), result(touch(memory, pageSize() + 1)));
    assertTrue(faults.isEmpty());
  }

  @Test
  final void shouldLeaveAPageAloneThatIsPresent() throws Exception {
    MemorySegment memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = register(memory);
    assertEquals(Resolution.INSTALLED, region.install(0, content(1), 0));
    assertEquals(Resolution.ALREADY_PRESENT, region.install(0, content(2), 0));
    assertEquals(Resolution.ALREADY_PRESENT, region.installZero(0));
    assertEquals(new SeededBytes(1).at(0), result(touch(memory, 0)));
  }

  @Test
  final void shouldTakeContentFromTheMiddleOfMemory() throws Exception {
    MemorySegment memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = register(memory);
    MemorySegment two = arena.allocate(2 * pageSize(), pageSize());
    new SeededBytes(8).fill(two, 0, two.byteSize(), 0);
    assertEquals(Resolution.INSTALLED, region.install(0, two, pageSize()));
    assertEquals(new SeededBytes(8).at(pageSize()), result(touch(memory, 0)));
  }

  @Test
  final void shouldWakeEveryThreadThatWaitsForOnePage() throws Exception {
    MemorySegment memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = register(memory);
    List<Future<Byte>> reads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      reads.add(touch(memory, 2 * pageSize() + i));
    }
    assertEquals(2 * pageSize(), nextFault());
    assertEquals(Resolution.INSTALLED, region.install(2 * pageSize(), content(5), 0));
    for (int i = 0; i < 4; i++) {
      assertEquals(new SeededBytes(5).at(i), result(reads.get(i)));
    }
  }

  @Test
  final void shouldServeManyPagesInAnyOrder() throws Exception {
    MemorySegment memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = register(memory);
    List<Future<Byte>> reads = new ArrayList<>();
    for (int page = PAGES - 1; page >= 0; page--) {
      reads.add(touch(memory, page * pageSize()));
    }
    for (int i = 0; i < PAGES; i++) {
      long offset = nextFault();
      assertEquals(Resolution.INSTALLED, region.install(offset, content(offset), 0));
    }
    for (int i = 0; i < PAGES; i++) {
      long offset = (PAGES - 1 - i) * pageSize();
      assertEquals(new SeededBytes(offset).at(0), result(reads.get(i)));
    }
  }

  @Test
  final void shouldWakeWaitersWithZerosWhenClosed() throws Exception {
    MemorySegment memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = register(memory);
    Future<Byte> read = touch(memory, 7 * pageSize());
    assertEquals(7 * pageSize(), nextFault());
    region.close();
    assertEquals(0, result(read));
    assertDoesNotThrow(region::close);
  }

  @Test
  final void shouldKeepTwoRegionsApart() throws Exception {
    MemorySegment one = absentMemory(PAGES * pageSize());
    MemorySegment other = absentMemory(PAGES * pageSize());
    UserfaultRegion first = register(one);
    UserfaultRegion second = register(other);
    Future<Byte> read = touch(other, 0);
    assertEquals(0, nextFault());
    assertEquals(Resolution.INSTALLED, first.install(0, content(1), 0));
    first.close();
    assertEquals(Resolution.INSTALLED, second.install(0, content(2), 0));
    assertEquals(new SeededBytes(2).at(0), result(read));
  }
}
