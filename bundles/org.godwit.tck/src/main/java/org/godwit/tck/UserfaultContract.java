package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.Support;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultRegion.Resolution;
import org.godwit.api.userfault.UserfaultSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a backend for missing pages must do. Accesses that may fault are made by {@link #access},
 * never by this class: Java code that waits for a page cannot reach a safepoint.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class UserfaultContract {
  private static final int PAGES = 16;
  private static final int STORM_THREADS = 8;
  private static final int PATIENCE_SECONDS = 60;

  private record Fault(long offset, int thread) {}

  private final ExecutorService guest =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());
  private final BlockingQueue<Fault> faults = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> losses = new LinkedBlockingQueue<>();
  private final Arena arena = Arena.ofShared();
  private final List<UserfaultSession> sessions = new ArrayList<>();

  /** Creates the contract. */
  protected UserfaultContract() {}

  /**
   * The backend under test.
   *
   * @return the same object during one test
   */
  protected abstract UserfaultBackend backend();

  /**
   * Stops the backend as its bundle does when it goes away.
   *
   * @param backend what {@link #backend()} returned
   */
  protected abstract void stop(UserfaultBackend backend);

  /**
   * Memory that holds nothing; its pages are all absent once they were dropped, or from the start
   * where they cannot be.
   *
   * @param length bytes
   * @return memory, released by {@link #releaseMemory}
   * @throws Exception if it cannot be had
   */
  protected abstract GuestMemory absentMemory(long length) throws Exception;

  /** Releases what {@link #absentMemory} gave; called after each test, when nothing uses it. */
  protected void releaseMemory() {}

  /**
   * Reads one byte the way a guest does, waiting for its page: in native code (a system call or a
   * plain downcall), or through the region's gate where it traps in software.
   *
   * @param region trapped memory
   * @param offset which byte
   * @return its value
   * @throws Exception if the access fails
   */
  protected abstract byte access(UserfaultRegion region, long offset) throws Exception;

  /**
   * Opens a session.
   *
   * @param memories what is going to be added
   * @return a session of {@link #backend()}
   * @throws Exception if it cannot be opened
   */
  protected UserfaultSession open(List<GuestMemory> memories) throws Exception {
    return backend().open("contract");
  }

  /**
   * Page size of that memory.
   *
   * @return 4096 unless overridden
   */
  protected long pageSize() {
    return 4096;
  }

  /**
   * Whether pages can be dropped through a region.
   *
   * @return true unless overridden
   */
  protected boolean discards() {
    return true;
  }

  @BeforeEach
  final void requireSupport() {
    RequiredSupport.require(backend().probe());
  }

  @AfterEach
  final void release() throws Exception {
    sessions.forEach(UserfaultSession::close);
    guest.shutdown();
    assertTrue(
        guest.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS),
        "a closed session leaves threads waiting");
    releaseMemory();
    arena.close();
  }

  private final FaultSink sink =
      new FaultSink() {
        @Override
        public void missing(long offset, int thread, boolean write) {
          assertTrue(faults.offer(new Fault(offset, thread)));
        }

        @Override
        public void lost(String reason) {
          assertTrue(losses.offer(reason));
        }
      };

  private UserfaultSession session(GuestMemory... memories) throws Exception {
    UserfaultSession session = open(List.of(memories));
    sessions.add(session);
    return session;
  }

  /** A region of its own session, trapped. */
  private UserfaultRegion trapped(long pages) throws Exception {
    GuestMemory memory = absentMemory(pages * pageSize());
    return trapped(session(memory), memory, sink);
  }

  private UserfaultRegion trapped(UserfaultSession session, GuestMemory memory, FaultSink told)
      throws UserfaultException {
    UserfaultRegion region = session.add(memory, told);
    if (discards()) {
      region.discard(0, memory.length());
    }
    region.trap();
    return region;
  }

  private MemorySegment content(long seed, int pages) {
    MemorySegment page = arena.allocate(pages * pageSize(), pageSize());
    new SeededBytes(seed).fill(page, 0, page.byteSize(), 0);
    return page;
  }

  private Resolution install(UserfaultRegion region, long offset, long seed)
      throws UserfaultException {
    return region.install(offset, content(seed, 1), 0, pageSize());
  }

  private Future<Byte> touch(UserfaultRegion region, long offset) {
    return guest.submit(() -> access(region, offset));
  }

  private static byte result(Future<Byte> task) throws Exception {
    return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private Fault nextFault() throws InterruptedException {
    Fault fault = faults.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    return assertInstanceOf(Fault.class, fault, "no fault was reported");
  }

  @Test
  final void shouldReportAFaultAndLetTheThreadGoOnWithThePage() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    Future<Byte> read = touch(region, 3 * pageSize() + 5);
    assertEquals(3 * pageSize(), nextFault().offset(), "the begin of the page is reported");
    assertEquals(Resolution.INSTALLED, install(region, 3 * pageSize(), 9));
    assertEquals(new SeededBytes(9).at(5), result(read));
  }

  @Test
  final void shouldTellTwoWaitingThreadsApart() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    Future<Byte> one = touch(region, 0);
    Fault first = nextFault();
    Future<Byte> other = touch(region, pageSize());
    Fault second = nextFault();
    assertTrue(
        first.thread() == 0 || first.thread() != second.thread(),
        "both are thread " + first.thread());
    region.installZero(0, 2 * pageSize());
    assertEquals(0, result(one) + result(other));
  }

  @Test
  final void shouldInstallZeroPages() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    Future<Byte> read = touch(region, 0);
    assertEquals(0, nextFault().offset());
    assertEquals(Resolution.INSTALLED, region.installZero(0, pageSize()));
    assertEquals(0, result(read));
  }

  @Test
  final void shouldNotFaultOnAPageThatCameAhead() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    assertEquals(Resolution.INSTALLED, install(region, pageSize(), 4));
    assertEquals(new SeededBytes(4).at(1), result(touch(region, pageSize() + 1)));
    assertTrue(faults.isEmpty());
  }

  @Test
  final void shouldLeaveAPageAloneThatIsPresent() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    assertEquals(Resolution.INSTALLED, install(region, 0, 1));
    assertEquals(Resolution.ALREADY_PRESENT, install(region, 0, 2));
    assertEquals(Resolution.ALREADY_PRESENT, region.installZero(0, pageSize()));
    assertEquals(new SeededBytes(1).at(0), result(touch(region, 0)));
  }

  @Test
  final void shouldTakeContentFromTheMiddleOfMemory() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    MemorySegment two = content(8, 2);
    assertEquals(Resolution.INSTALLED, region.install(0, two, pageSize(), pageSize()));
    assertEquals(new SeededBytes(8).at(pageSize()), result(touch(region, 0)));
  }

  @Test
  final void shouldPlaceARunAroundPagesThatArePresent() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    assertEquals(Resolution.INSTALLED, install(region, 2 * pageSize(), 1));
    MemorySegment run = content(6, PAGES);
    assertEquals(Resolution.ALREADY_PRESENT, region.install(0, run, 0, 8 * pageSize()));
    assertEquals(
        Resolution.INSTALLED,
        region.install(8 * pageSize(), run, 8 * pageSize(), (PAGES - 8) * pageSize()));
    for (int page = 0; page < PAGES; page++) {
      byte expected =
          page == 2 ? new SeededBytes(1).at(0) : new SeededBytes(6).at(page * pageSize());
      assertEquals(expected, result(touch(region, page * pageSize())), "page " + page);
    }
    assertTrue(faults.isEmpty());
  }

  @Test
  final void shouldPlaceARunOfZeros() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    assertEquals(Resolution.INSTALLED, install(region, pageSize(), 3));
    assertEquals(Resolution.ALREADY_PRESENT, region.installZero(0, PAGES * pageSize()));
    assertEquals(new SeededBytes(3).at(0), result(touch(region, pageSize())));
    assertEquals(0, result(touch(region, (PAGES - 1) * pageSize())));
    assertTrue(faults.isEmpty());
  }

  @Test
  final void shouldSettleWhatCountsAsReceived() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    assertEquals(Resolution.INSTALLED, install(region, pageSize(), 3));
    Future<Byte> read = touch(region, 2 * pageSize());
    assertEquals(2 * pageSize(), nextFault().offset());
    assertEquals(Resolution.INSTALLED, region.settle(0, 4 * pageSize()));
    assertEquals(0, result(read));
    assertEquals(new SeededBytes(3).at(0), result(touch(region, pageSize())), "it was present");
    assertEquals(Resolution.ALREADY_PRESENT, install(region, 0, 1));
  }

  @Test
  final void shouldWakeEveryThreadThatWaitsForOnePage() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    List<Future<Byte>> reads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      reads.add(touch(region, 2 * pageSize() + i));
    }
    assertEquals(2 * pageSize(), nextFault().offset());
    assertEquals(Resolution.INSTALLED, install(region, 2 * pageSize(), 5));
    for (int i = 0; i < 4; i++) {
      assertEquals(new SeededBytes(5).at(i), result(reads.get(i)));
    }
  }

  @Test
  final void shouldServeManyPagesInAnyOrder() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    List<Future<Byte>> reads = new ArrayList<>();
    for (int page = PAGES - 1; page >= 0; page--) {
      reads.add(touch(region, page * pageSize()));
    }
    for (int i = 0; i < PAGES; i++) {
      long offset = nextFault().offset();
      assertEquals(Resolution.INSTALLED, install(region, offset, offset));
    }
    for (int i = 0; i < PAGES; i++) {
      long offset = (PAGES - 1 - i) * pageSize();
      assertEquals(new SeededBytes(offset).at(0), result(reads.get(i)));
    }
  }

  @Test
  final void shouldSurviveAStormOfFaults() throws Exception {
    int pages = pageSize() == 4096 ? 512 : PAGES;
    UserfaultRegion region = trapped(pages);
    List<Future<Long>> walks = new ArrayList<>();
    for (int i = 0; i < STORM_THREADS; i++) {
      walks.add(guest.submit(walk(region, pages, i)));
    }
    Set<Long> served = new HashSet<>();
    while (served.size() < pages) {
      long offset = nextFault().offset();
      boolean first = served.add(offset);
      assertEquals(
          first ? Resolution.INSTALLED : Resolution.ALREADY_PRESENT,
          install(region, offset, offset));
    }
    for (Future<Long> walk : walks) {
      assertEquals(0, walk.get(PATIENCE_SECONDS, TimeUnit.SECONDS), "pages with wrong content");
    }
  }

  private java.util.concurrent.Callable<Long> walk(UserfaultRegion region, int pages, int seed) {
    return () -> {
      List<Integer> order = new ArrayList<>();
      for (int page = 0; page < pages; page++) {
        order.add(page);
      }
      Collections.shuffle(order, new Random(seed));
      long wrong = 0;
      for (int page : order) {
        long offset = page * pageSize();
        wrong += access(region, offset + seed) == new SeededBytes(offset).at(seed) ? 0 : 1;
      }
      return wrong;
    };
  }

  @Test
  final void shouldMakePagesAbsentBeforeTheTrap() throws Exception {
    assumeTrue(discards());
    GuestMemory memory = absentMemory(PAGES * pageSize());
    UserfaultRegion region = session(memory).add(memory, sink);
    region.discard(0, PAGES * pageSize());
    region.trap();
    Future<Byte> read = touch(region, pageSize());
    assertEquals(pageSize(), nextFault().offset());
    assertEquals(Resolution.INSTALLED, install(region, pageSize(), 2));
    assertEquals(new SeededBytes(2).at(0), result(read));
  }

  @Test
  final void shouldMakePagesAbsentUnderTheTrap() throws Exception {
    assumeTrue(discards());
    UserfaultRegion region = trapped(PAGES);
    assertEquals(Resolution.INSTALLED, region.install(0, content(1, PAGES), 0, PAGES * pageSize()));
    region.discard(4 * pageSize(), 2 * pageSize());
    assertEquals(new SeededBytes(1).at(3 * pageSize()), result(touch(region, 3 * pageSize())));
    Future<Byte> read = touch(region, 5 * pageSize());
    assertEquals(5 * pageSize(), nextFault().offset());
    assertEquals(Resolution.INSTALLED, install(region, 5 * pageSize(), 7));
    assertEquals(new SeededBytes(7).at(0), result(read));
    assertEquals(Resolution.INSTALLED, region.installZero(4 * pageSize(), pageSize()));
  }

  @Test
  final void shouldRefuseRangesThatAreNone() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    long end = PAGES * pageSize();
    MemorySegment page = content(1, 2);
    for (long[] outside :
        new long[][] {
          {end, pageSize()},
          {-pageSize(), pageSize()},
          {end - pageSize(), 2 * pageSize()},
          {Long.MAX_VALUE - pageSize() + 1, pageSize()},
          {pageSize(), Long.MIN_VALUE}
        }) {
      assertRefused(IndexOutOfBoundsException.class, region, outside, page);
    }
    for (long[] crooked :
        new long[][] {{1, pageSize()}, {0, pageSize() / 2}, {0, 0}, {0, pageSize() + 1}}) {
      assertRefused(IllegalArgumentException.class, region, crooked, page);
    }
    assertThrows(
        IndexOutOfBoundsException.class, () -> region.install(0, page, pageSize(), 2 * pageSize()));
    assertThrows(
        IllegalArgumentException.class,
        () -> region.install(0, MemorySegment.ofArray(new byte[(int) pageSize()]), 0, pageSize()));
    assertEquals(Resolution.INSTALLED, region.installZero(0, end), "nothing has changed");
  }

  private static void assertRefused(
      Class<? extends Exception> error, UserfaultRegion region, long[] range, MemorySegment page) {
    String what = range[0] + " +" + range[1];
    assertThrows(error, () -> region.install(range[0], page, 0, range[1]), what);
    assertThrows(error, () -> region.installZero(range[0], range[1]), what);
    assertThrows(error, () -> region.discard(range[0], range[1]), what);
  }

  @Test
  final void shouldLetWaitersGoWhenClosed() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    List<Future<Byte>> reads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      reads.add(touch(region, (7 + i) * pageSize()));
    }
    for (int i = 0; i < 4; i++) {
      assertNotEquals(0, nextFault().offset());
    }
    region.close();
    for (Future<Byte> read : reads) {
      assertReleased(read);
    }
    assertDoesNotThrow(region::close);
    assertEquals(Resolution.GONE, install(region, 0, 1));
    assertEquals(Resolution.GONE, region.installZero(0, pageSize()));
  }

  /** In the kernel a thread that is let go reads zero; in software it may also be told. */
  private static void assertReleased(Future<Byte> read) throws Exception {
    try {
      assertEquals(0, result(read));
    } catch (ExecutionException told) {
      assertInstanceOf(org.godwit.api.machine.MachineException.class, told.getCause());
    }
  }

  @Test
  final void shouldCloseItsRegionsWithTheSession() throws Exception {
    GuestMemory memory = absentMemory(PAGES * pageSize());
    UserfaultSession session = session(memory);
    UserfaultRegion region = trapped(session, memory, sink);
    Future<Byte> read = touch(region, 0);
    assertEquals(0, nextFault().offset());
    session.close();
    assertReleased(read);
    assertEquals(Resolution.GONE, install(region, 0, 1));
    assertThrows(UserfaultException.class, () -> session.add(memory, sink));
    assertDoesNotThrow(session::close);
  }

  @Test
  final void shouldKeepTwoRegionsOfASessionApart() throws Exception {
    GuestMemory one = absentMemory(PAGES * pageSize());
    GuestMemory other = absentMemory(PAGES * pageSize());
    UserfaultSession session = session(one, other);
    BlockingQueue<Fault> elsewhere = new LinkedBlockingQueue<>();
    UserfaultRegion first =
        trapped(session, one, (offset, thread, write) -> elsewhere.add(new Fault(offset, thread)));
    UserfaultRegion second = trapped(session, other, sink);
    Future<Byte> read = touch(second, 0);
    assertEquals(0, nextFault().offset());
    assertEquals(Resolution.INSTALLED, install(first, 0, 1));
    first.close();
    assertEquals(Resolution.INSTALLED, install(second, 0, 2));
    assertEquals(new SeededBytes(2).at(0), result(read));
    assertTrue(elsewhere.isEmpty());
  }

  @Test
  final void shouldKeepTwoSessionsApart() throws Exception {
    UserfaultRegion first = trapped(PAGES);
    UserfaultRegion second = trapped(PAGES);
    Future<Byte> read = touch(second, 0);
    assertEquals(0, nextFault().offset());
    assertEquals(Resolution.INSTALLED, install(first, 0, 1));
    first.close();
    assertEquals(Resolution.INSTALLED, install(second, 0, 2));
    assertEquals(new SeededBytes(2).at(0), result(read));
  }

  @Test
  final void shouldLeaveThreadsWaitingWhenTheBackendIsStopped() throws Exception {
    UserfaultRegion region = trapped(PAGES);
    Future<Byte> read = touch(region, pageSize());
    assertEquals(pageSize(), nextFault().offset());
    stop(backend());
    assertNotEquals(null, losses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "no loss was reported");
    assertFalse(read.isDone(), "the page was filled with something");
    assertEquals(Resolution.INSTALLED, install(region, pageSize(), 3));
    assertEquals(new SeededBytes(3).at(0), result(read));
    assertTrue(losses.isEmpty(), "the loss was reported twice");
    try {
      backend().open("late");
      fail("a stopped backend opened a session");
    } catch (UserfaultException expected) {
      assertFalse(String.valueOf(expected.getMessage()).isEmpty());
    }
  }

  @Test
  final void shouldSayNoToMemoryItCannotTrap() throws Exception {
    GuestMemory foreign = new ForeignMemory(pageSize());
    assertInstanceOf(Support.Unavailable.class, backend().probe(unsuitable(foreign)));
    GuestMemory memory = absentMemory(pageSize());
    try (UserfaultSession session = open(List.of(memory))) {
      assertThrows(UserfaultException.class, () -> session.add(unsuitable(foreign), sink));
    }
  }

  /**
   * Memory that this backend cannot trap.
   *
   * @param gated memory behind a gate
   * @return that memory unless overridden
   */
  protected GuestMemory unsuitable(GuestMemory gated) {
    return gated;
  }

  /** Memory behind a gate that nobody may use. */
  private record ForeignMemory(long pageSize) implements GuestMemory.Gated {
    @Override
    public long length() {
      return pageSize;
    }

    @Override
    public void place(long offset, MemorySegment from, long fromOffset, long length) {
      throw new AssertionError("placed");
    }

    @Override
    public void placeZero(long offset, long length) {
      throw new AssertionError("placed");
    }

    @Override
    public void drop(long offset, long length) {
      throw new AssertionError("dropped");
    }
  }
}
