package org.godwit.userfault.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.Support;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultRegion.Resolution;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.api.userfault.WriteLog;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;
import org.godwit.linux.NativeFile;
import org.godwit.linux.RawMemory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the kernel's backend does beyond the contract. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinuxUserfaultTest {
  private static final long PAGE = 4096;
  private static final long HUGE = 2L << 20;

  private final LinuxUserfault backend = new LinuxUserfault();

  @BeforeEach
  void requireSupport() {
    if (backend.probe() instanceof Support.Unavailable(String reason)) {
      assertEquals(null, System.getenv("CI"), reason);
      Assumptions.abort(reason);
    }
  }

  private static GuestMemory.Native of(Mapping mapping) {
    return new GuestMemory.Native(
        mapping.segment().address(), mapping.length(), PAGE, GuestMemory.Kind.PRIVATE);
  }

  @Test
  void shouldNotLetOneWriteMakeNeighboursPresent() throws Exception {
    BlockingQueue<Long> faults = new ArrayBlockingQueue<>(1);
    try (Mapping mapping = Mapping.anonymous(2 * HUGE);
        Arena arena = Arena.ofConfined();
        UserfaultSession session = backend.open("huge")) {
      mapping.tryAdvise(Mapping.Advice.HUGEPAGE, 0, mapping.length());
      UserfaultRegion region = session.add(of(mapping), (offset, _, _) -> faults.add(offset));
      RawMemory.write(mapping.segment().address(), arena.allocateFrom("guest"), 0, 5);
      region.trap();
      CompletableFuture<Byte> read =
          CompletableFuture.supplyAsync(
              () -> RawMemory.read(mapping.segment().address() + PAGE),
              task -> Thread.ofPlatform().daemon().start(task));
      assertEquals(PAGE, faults.poll(30, TimeUnit.SECONDS), "the neighbour is absent");
      assertEquals(Resolution.INSTALLED, region.installZero(PAGE, PAGE));
      assertEquals((byte) 0, read.get(30, TimeUnit.SECONDS));
      assertEquals('g', RawMemory.read(mapping.segment().address()), "what was written stays");
    }
  }

  @Test
  void shouldWaitAtTheGateInNativeCode() throws Exception {
    BlockingQueue<Long> faults = new ArrayBlockingQueue<>(4);
    try (Mapping mapping = Mapping.anonymous(4 * PAGE);
        UserfaultSession session = backend.open("gate")) {
      UserfaultRegion region = session.add(of(mapping), (offset, _, _) -> faults.add(offset));
      region.trap();
      Thread waiter = Thread.ofPlatform().daemon().start(() -> await(region, PAGE + 5, PAGE));
      for (long page = 1; page <= 2; page++) {
        assertEquals(page * PAGE, faults.poll(30, TimeUnit.SECONDS));
        System.gc();
        assertEquals(Resolution.INSTALLED, region.installZero(page * PAGE, PAGE));
      }
      waiter.join(30_000);
      assertEquals(false, waiter.isAlive());
    }
  }

  private static void await(UserfaultRegion region, long offset, long length) {
    try {
      region.gate().orElseThrow().await(offset, length, false);
    } catch (org.godwit.api.machine.MachineException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldRefuseMemoryThatIsNotMapped() throws Exception {
    GuestMemory.Native gone;
    try (Mapping mapping = Mapping.anonymous(4 * PAGE)) {
      gone = of(mapping);
    }
    try (UserfaultSession session = backend.open("unmapped")) {
      UserfaultRegion region = session.add(gone, (_, _, _) -> {});
      assertThrows(UserfaultException.class, region::trap);
      assertThrows(UserfaultException.class, () -> region.installZero(0, PAGE));
    }
  }

  @Test
  void shouldRefuseMemoryThatAnotherSessionHolds() throws Exception {
    try (Mapping mapping = Mapping.anonymous(4 * PAGE);
        UserfaultSession one = backend.open("one");
        UserfaultSession other = backend.open("other")) {
      one.add(of(mapping), (_, _, _) -> {}).trap();
      UserfaultRegion second = other.add(of(mapping), (_, _, _) -> {});
      assertThrows(UserfaultException.class, second::trap);
    }
  }

  @Test
  void shouldNotTrapMemoryWhoseFaultsNobodyReads() throws Exception {
    try (Mapping mapping = Mapping.anonymous(4 * PAGE);
        UserfaultSession session = backend.open("lost")) {
      UserfaultRegion region = session.add(of(mapping), (_, _, _) -> {});
      backend.stop();
      UserfaultException refused = assertThrows(UserfaultException.class, region::trap);
      assertTrue(refused.getMessage().contains("was stopped"), refused::toString);
      assertEquals((byte) 0, RawMemory.read(mapping.segment().address()), "nothing is trapped");
    }
  }

  @Test
  void shouldLogWritesByProtection() throws Exception {
    try (Mapping mapping = Mapping.anonymous(64 * PAGE);
        Arena arena = Arena.ofConfined();
        WriteLog log = backend.writeLog(of(mapping))) {
      MemorySegment bitmap = arena.allocate(ValueLayout.JAVA_LONG);
      log.protect();
      assertEquals(0, log.fetch(bitmap));
      mapping.segment().set(ValueLayout.JAVA_BYTE, 5 * PAGE, (byte) 1);
      assertEquals(1, log.fetch(bitmap));
      assertEquals(1L << 5, bitmap.get(ValueLayout.JAVA_LONG, 0));
    }
  }

  /** A guest that arrives while its writes are logged already, and leaves again. */
  @ParameterizedTest
  @EnumSource(GuestMemory.Kind.class)
  void shouldLogWritesBesideTheTrapAndBehindItsEnd(GuestMemory.Kind kind) throws Exception {
    try (Mapping mapping = map(kind, 64 * PAGE);
        Arena arena = Arena.ofConfined()) {
      long address = mapping.segment().address();
      GuestMemory.Native memory = new GuestMemory.Native(address, mapping.length(), PAGE, kind);
      MemorySegment bitmap = arena.allocate(ValueLayout.JAVA_LONG);
      MemorySegment content = arena.allocate(PAGE, PAGE).fill((byte) 7);
      BlockingQueue<Long> faults = new ArrayBlockingQueue<>(4);
      UserfaultSession session = backend.open("logged");
      UserfaultRegion region = session.add(memory, (offset, _, _) -> faults.add(offset));
      region.discard(0, mapping.length());
      region.trap();
      try (WriteLog log = backend.writeLog(memory)) {
        log.protect();
        assertEquals(0, fetch(log, bitmap));
        assertEquals(Resolution.INSTALLED, region.install(3 * PAGE, content, 0, PAGE));
        assertEquals(Resolution.INSTALLED, region.installZero(4 * PAGE, PAGE));
        assertEquals(0b11000, fetch(log, bitmap), "what is placed was written");
        CompletableFuture<Byte> read = read(address + 5 * PAGE);
        assertEquals(5 * PAGE, faults.poll(30, TimeUnit.SECONDS), "absent pages are trapped");
        assertEquals(Resolution.INSTALLED, region.install(5 * PAGE, content, 0, PAGE));
        assertEquals((byte) 7, read.get(30, TimeUnit.SECONDS));
        RawMemory.write(address + 3 * PAGE, content, 0, 8);
        assertEquals(0b101000, fetch(log, bitmap));
        assertEquals(0, fetch(log, bitmap));
        assertEquals(Resolution.INSTALLED, region.settle(0, mapping.length()));
        session.close();
        long _ = fetch(log, bitmap);
        RawMemory.write(address + 10 * PAGE, content, 0, 8);
        assertEquals(1 << 10, fetch(log, bitmap), "the log goes on");
        assertEquals((byte) 7, RawMemory.read(address + 5 * PAGE));
      }
      try (WriteLog next = backend.writeLog(memory)) {
        next.protect();
        RawMemory.write(address + 11 * PAGE, content, 0, 8);
        assertEquals(1 << 11, fetch(next, bitmap), "the memory is free for another log");
      }
    }
  }

  private static Mapping map(GuestMemory.Kind kind, long length) throws LinuxException {
    if (kind == GuestMemory.Kind.PRIVATE) {
      return Mapping.anonymous(length);
    }
    try (NativeFile file = NativeFile.memory("godwit-logged", length)) {
      return Mapping.shared(file, length);
    }
  }

  private static CompletableFuture<Byte> read(long address) {
    return CompletableFuture.supplyAsync(
        () -> RawMemory.read(address), task -> Thread.ofPlatform().daemon().start(task));
  }

  private static long fetch(WriteLog log, MemorySegment bitmap) throws UserfaultException {
    bitmap.fill((byte) 0);
    long _ = log.fetch(bitmap);
    return bitmap.get(ValueLayout.JAVA_LONG, 0);
  }

  @Test
  void shouldWakeWhoWaitsWhenTheSessionEndsBeforeItsLog() throws Exception {
    BlockingQueue<Long> faults = new ArrayBlockingQueue<>(4);
    try (Mapping mapping = Mapping.anonymous(4 * PAGE)) {
      UserfaultSession session = backend.open("given up");
      session.add(of(mapping), (offset, _, _) -> faults.add(offset)).trap();
      try (WriteLog log = backend.writeLog(of(mapping))) {
        log.protect();
        CompletableFuture<Byte> read = read(mapping.segment().address());
        assertEquals(0L, faults.poll(30, TimeUnit.SECONDS));
        session.close();
        assertEquals((byte) 0, read.get(30, TimeUnit.SECONDS));
      }
    }
  }

  @Test
  void shouldSayThatItLogsNoWritesToOtherMemory() throws LinuxException {
    GuestMemory foreign = new GuestMemory.Foreign(PAGE, PAGE, PAGE);
    assertThrows(UserfaultException.class, () -> backend.writeLog(foreign));
    assertInstanceOf(Support.Unavailable.class, backend.probe(foreign));
  }
}
