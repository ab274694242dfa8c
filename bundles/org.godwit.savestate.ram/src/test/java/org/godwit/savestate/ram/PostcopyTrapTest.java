package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.PageGate;
import org.godwit.api.machine.PostcopyMemory;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.Support;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.PageRequests;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.StateException;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A destination whose userfault backend goes away. */
class PostcopyTrapTest {
  private static final String REASON = "The bundle of the backend was stopped.";
  private static final long LENGTH = 16 * RamState.PAGE;

  private final Arena arena = Arena.ofShared();
  private final Backend backend = new Backend();
  private final RamArrival arrival = new RamArrival(new Context(), RamFormat.DEFAULT, arena);
  private final List<String> told = new ArrayList<>();
  private final List<String> settled = new ArrayList<>();
  private Runnable atTrap = () -> {};
  private Optional<PageGate> guarded = Optional.empty();

  @BeforeEach
  void announce() throws StateException {
    RamBlock block = new AbsentBlock();
    arrival.advise(RamState.PAGE, RamState.PAGE);
    arrival.announced(
        List.of(block), new RamBlockList(List.of(RamBlockEntry.of(block.name(), LENGTH))));
  }

  @AfterEach
  void close() {
    arrival.close();
  }

  @Test
  void shouldNotListenWithoutTheBackendThatWasLostBefore() {
    backend.sink().lost(REASON);
    assertListenFails();
  }

  @Test
  void shouldNotListenWhenTheBackendIsLostDuringTheTrap() {
    atTrap = () -> backend.sink().lost(REASON);
    assertListenFails();
  }

  @Test
  void shouldTellThePeerThatTheBackendIsLostLater() throws StateException {
    arrival.listen(new Peer());
    assertTrue(arrival.listening());
    backend.sink().lost(REASON);
    assertEquals(List.of(REASON), told);
  }

  /**
   * A page of zeros that came early may be absent, and with the trap lost nobody else places it.
   */
  @Test
  void shouldSettleWhatWasReceivedBeforeAThreadOfThisProcessTouchesIt() throws Exception {
    arrival.states().arrived(0, 2, 2);
    arrival.listen(new Peer());
    guarded.orElseThrow().await(2 * RamState.PAGE + 8, RamState.PAGE, false);
    assertEquals(List.of(2 * RamState.PAGE + "+" + 2 * RamState.PAGE), settled);
  }

  private void assertListenFails() {
    StateException failed = assertThrows(StateException.class, () -> arrival.listen(new Peer()));
    assertEquals(StateException.Fault.ENVIRONMENT, failed.fault());
    assertTrue(failed.getMessage().contains(REASON), failed.getMessage());
    assertFalse(arrival.listening());
    assertEquals(List.of(), told);
  }

  /** Hears what the source would. */
  private final class Peer implements PageRequests {
    @Override
    public void request(String block, long offset, long length) {}

    @Override
    public void untrapped(String reason) {
      told.add(reason);
    }
  }

  /** Gives what the arrival asks for; its machine has a name only. */
  private final class Context implements IncomingContext {
    private final IncomingContext bench =
        new Bench(Settings.defaults().with(Capability.POSTCOPY_RAM, true)).incoming();

    @Override
    public IncomingMachine machine() {
      return bench.machine();
    }

    @Override
    public Settings settings() {
      return bench.settings();
    }

    @Override
    public RamCounters counters() {
      return bench.counters();
    }

    @Override
    public UserfaultBackend userfault(List<GuestMemory> memory) {
      return backend;
    }
  }

  /** Memory whose pages are never touched. */
  private final class AbsentBlock implements RamBlock, PostcopyMemory {
    private final GuestMemory memory = new GuestMemory.Foreign(LENGTH, LENGTH, RamState.PAGE);

    @Override
    public String name() {
      return "absent";
    }

    @Override
    public long length() {
      return LENGTH;
    }

    @Override
    public long pageSize() {
      return RamState.PAGE;
    }

    @Override
    public long guestAddress() {
      return 0;
    }

    @Override
    public Optional<MemorySegment> mapping() {
      return Optional.empty();
    }

    @Override
    public Optional<PostcopyMemory> postcopy() {
      return Optional.of(this);
    }

    @Override
    public GuestMemory memory() {
      return memory;
    }

    @Override
    public void prepare() {}

    @Override
    public void guard(PageGate gate) {
      guarded = Optional.of(gate);
    }

    @Override
    public void release() {}

    @Override
    public void read(long offset, MemorySegment into, long intoOffset, long length) {
      throw new AssertionError("read");
    }

    @Override
    public void write(long offset, MemorySegment from, long fromOffset, long length) {
      throw new AssertionError("write");
    }

    @Override
    public void zero(long offset, long length) {
      throw new AssertionError("zero");
    }
  }

  /** Traps nothing, and keeps the sink. */
  private final class Backend implements UserfaultBackend, UserfaultSession {
    private Optional<FaultSink> sink = Optional.empty();

    FaultSink sink() {
      return sink.orElseThrow();
    }

    @Override
    public Support probe() {
      return new Support.Available();
    }

    @Override
    public Support probe(GuestMemory memory) {
      return new Support.Available();
    }

    @Override
    public UserfaultSession open(String name) {
      return this;
    }

    @Override
    public UserfaultRegion add(GuestMemory memory, FaultSink hears) {
      sink = Optional.of(hears);
      return new Region(memory);
    }

    @Override
    public void close() {}
  }

  private final class Region implements UserfaultRegion {
    private final GuestMemory memory;

    Region(GuestMemory memory) {
      this.memory = memory;
    }

    @Override
    public GuestMemory memory() {
      return memory;
    }

    @Override
    public void discard(long offset, long length) {}

    @Override
    public void trap() {
      atTrap.run();
    }

    @Override
    public Resolution install(long offset, MemorySegment from, long fromOffset, long length) {
      return Resolution.INSTALLED;
    }

    @Override
    public Resolution installZero(long offset, long length) {
      return Resolution.INSTALLED;
    }

    @Override
    public Resolution settle(long offset, long length) {
      settled.add(offset + "+" + length);
      return Resolution.INSTALLED;
    }

    @Override
    public Optional<PageGate> gate() {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }
}
