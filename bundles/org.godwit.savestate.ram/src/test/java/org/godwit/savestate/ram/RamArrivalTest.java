package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.Support;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.PageRequests;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.tck.BytesReader;
import org.godwit.wire.BufferOutput;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A machine with a trapped block of huge pages, and the records of its source. */
class RamArrivalTest {
  private static final long PAGE = RamState.PAGE;
  private static final long HUGE = 2 << 20;
  private static final int PARTS = (int) (HUGE / PAGE);
  private static final long LENGTH = 4 * HUGE;

  private final Arena arena = Arena.ofShared();
  private final RecordingRegion region = new RecordingRegion(LENGTH, HUGE);
  private final RamArrival arrival = new RamArrival(new Context(), RamFormat.DEFAULT, arena);
  private final AbsentMemory huge = new AbsentMemory("huge", LENGTH, HUGE);
  private final RamBlockList list = new RamBlockList(List.of(RamBlockEntry.of("huge", LENGTH)));
  private final List<String> asked = new ArrayList<>();

  @AfterEach
  void close() {
    arrival.close();
    arena.close();
  }

  /** Traps its only region. */
  private final class Backend implements UserfaultBackend, UserfaultSession {
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
      return region;
    }

    @Override
    public void close() {
      region.calls.add("end of the trap");
    }
  }

  /** Gives what the arrival asks for. */
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
      return new Backend();
    }
  }

  /** Nobody faults here. */
  private final class Peer implements PageRequests {
    @Override
    public void request(String block, long offset, long length) {
      asked.add(block + " " + offset);
    }

    @Override
    public void untrapped(String reason) {
      asked.add(reason);
    }
  }

  private static void refuses(String says, Fault fault, Step step) {
    StateException refused = assertThrows(StateException.class, step::run);
    assertEquals(fault, refused.fault());
    assertTrue(refused.getMessage().contains(says), refused::toString);
  }

  /** Something that a source may not do. */
  @FunctionalInterface
  private interface Step {
    void run() throws StateException, IOException;
  }

  private void announce() throws StateException {
    arrival.advise(HUGE, PAGE);
    arrival.announced(List.of(huge), list);
  }

  /** The second host page was discarded, and the guest is about to run. */
  private void listen() throws StateException {
    announce();
    arrival.discard("huge", HUGE, HUGE);
    arrival.listen(new Peer());
    region.calls.clear();
  }

  /** Records of target pages on a channel of their own; tells whether its end was marked. */
  private boolean come(int first, int count, boolean end) throws IOException, StateException {
    BufferOutput out = new BufferOutput();
    RamRecordWriter records = new RamRecordWriter(out, (int) PAGE, list);
    MemorySegment page = arena.allocate(PAGE).fill((byte) 7);
    for (int part = first; part < first + count; part++) {
      records.pageCopy(0, part * PAGE, page, 0);
    }
    if (end) {
      records.endOfSection();
    }
    return arrival.urgent(new BytesReader(out.toByteArray()));
  }

  @Test
  void shouldRefuseTargetPagesOfAnotherSize() {
    refuses("target pages of 16384 bytes", Fault.PEER, () -> arrival.advise(HUGE, 16384));
    assertFalse(arrival.advised());
  }

  @Test
  void shouldRefuseHostPagesOfAnotherSize() throws Exception {
    arrival.advise(PAGE, PAGE);
    refuses("page sizes 0x1000", Fault.PEER, () -> arrival.announced(List.of(huge), list));
    assertEquals(List.of(), region.calls);
  }

  @Test
  void shouldRefuseAMachineThatCanBeTrappedInPartOnly() throws Exception {
    arrival.advise(HUGE | PAGE, PAGE);
    List<RamBlock> both = List.of(huge, new MemoryBlock("rest", 4, true));
    refuses("Only some of the blocks", Fault.LOCAL, () -> arrival.announced(both, list));
  }

  @Test
  void shouldNotListenBeforeTheBlockList() throws Exception {
    arrival.advise(HUGE, PAGE);
    refuses("before it announced its RAM", Fault.PEER, () -> arrival.listen(new Peer()));
    assertFalse(arrival.listening());
  }

  @Test
  void shouldDiscardWholeHostPagesInsideTheBlockOnly() throws Exception {
    announce();
    for (long[] range :
        new long[][] {{0, PAGE}, {PAGE, HUGE}, {LENGTH, HUGE}, {-HUGE, HUGE}, {0, 0}}) {
      refuses("discards", Fault.PEER, () -> arrival.discard("huge", range[0], range[1]));
    }
    refuses("did not announce", Fault.PEER, () -> arrival.discard("other", 0, HUGE));
    assertEquals(List.of("discard 0+8388608"), region.calls, "when it was prepared");
  }

  @Test
  void shouldNotFinishWithHalfAHostPage() throws Exception {
    listen();
    assertTrue(come(PARTS, PARTS / 2, true));
    refuses("512 pages that it discarded", Fault.PEER, arrival::finish);
    assertEquals(List.of(), region.calls, "nothing was placed, and the trap stays");
    assertEquals(0, arrival.received("huge")[PARTS / 8]);
  }

  @Test
  void shouldTakeAHostPageWholeAfterTheLinkBrokeInsideIt() throws Exception {
    listen();
    assertFalse(come(PARTS, PARTS / 2, false), "the channel just ended");
    arrival.pause();
    arrival.resume(new Peer());
    assertTrue(come(PARTS, PARTS, true));
    assertEquals((byte) 0xFF, arrival.received("huge")[PARTS / 8]);
    arrival.finish();
    assertEquals(List.of("install 2097152+2097152 7..7", "end of the trap"), region.calls);
    assertEquals(1, arrival.statistics().recoveries());
  }

  @Test
  void shouldWaitForThePagesOfTheOtherChannel() throws Exception {
    listen();
    arrival.urgentExpected(true);
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    var _ = come(PARTS, PARTS, true);
                  } catch (IOException | StateException e) {
                    throw new AssertionError(e);
                  }
                });
    arrival.finish();
    other.join();
    assertEquals(List.of("install 2097152+2097152 7..7", "end of the trap"), region.calls);
  }
}
