package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.godwit.api.savestate.StateException;
import org.godwit.api.userfault.UserfaultRegion.Resolution;
import org.godwit.tck.BytesReader;
import org.godwit.wire.BufferOutput;
import org.godwit.wire.WireException;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.ram.RamRecordWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Target pages that become host pages, and pages of a guest at rest that go in rows. */
class HostPageAssemblyTest {
  private static final int PAGE = 4096;
  private static final long HUGE = 2 << 20;
  private static final int PARTS = (int) (HUGE / PAGE);
  private static final int SMALL = 0;
  private static final int LARGE = 1;
  private static final int REST = 2;

  private final Arena arena = Arena.ofShared();
  private final RecordingRegion small = new RecordingRegion(64 * PAGE, PAGE);
  private final RecordingRegion large = new RecordingRegion(4 * HUGE, HUGE);
  private final MemoryBlock rest = new MemoryBlock("rest", 64, true);
  private final RamBlockList list =
      new RamBlockList(
          List.of(
              RamBlockEntry.of("small", 64 * PAGE),
              RamBlockEntry.of("large", 4 * HUGE),
              RamBlockEntry.of("rest", 64 * PAGE)));
  private final List<ArrivingBlock> blocks =
      List.of(
          new ArrivingBlock("small", 64 * PAGE, PAGE, new Landing.Trapped("small", small)),
          new ArrivingBlock("large", 4 * HUGE, HUGE, new Landing.Trapped("large", large)),
          new ArrivingBlock("rest", 64 * PAGE, PAGE, new Landing.AtRest(rest)));
  private final PageStates states = new PageStates(arena);
  private final HostPageAssembly pages = new HostPageAssembly(states, blocks, arena);
  private final MemorySegment content = arena.allocate(PAGE, PAGE);
  private BufferOutput sent = new BufferOutput();
  private RamRecordWriter source = new RamRecordWriter(sent, PAGE, list);

  HostPageAssemblyTest() {
    blocks.forEach(block -> states.add(block.name(), block.length(), block.pageSize()));
  }

  @AfterEach
  void free() {
    arena.close();
  }

  private void full(int block, long page) throws IOException {
    content.fill((byte) (1 + page % 100));
    source.pageCopy(block, page * PAGE, content, 0);
  }

  private void zero(int block, long page) throws IOException {
    source.zeroPage(block, page * PAGE);
  }

  /** Another connection. */
  private void again() {
    sent = new BufferOutput();
    source = new RamRecordWriter(sent, PAGE, list);
  }

  /** Places all that was sent; tells how many pages each record took. */
  private String arrive() throws IOException, StateException {
    BytesReader in = new BytesReader(sent.toByteArray());
    StringBuilder counts = new StringBuilder();
    try (RamRecordReader records =
        new RamRecordReader(new ReaderInput(in), RamFormat.DEFAULT, list)) {
      records.postcopy(true);
      while (in.remaining() > 0) {
        counts.append(take(records, in)).append(' ');
      }
    }
    return counts.toString().strip();
  }

  private int take(RamRecordReader records, BytesReader in) throws IOException, StateException {
    return records.next() == RamRecordKind.PAGE ? pages.page(records, in) : pages.zero(records);
  }

  private void refuses(String found) {
    WireException refused = assertThrows(WireException.class, this::arrive);
    assertEquals(WireException.Kind.PAGE, refused.kind());
    assertTrue(refused.getMessage().contains(found), refused::toString);
  }

  @Test
  void shouldPlaceAHostPageOnceItIsWhole() throws Exception {
    for (int part = 0; part < PARTS; part++) {
      assertFalse(states.received(LARGE, PARTS));
      full(LARGE, PARTS + part);
    }
    arrive();
    assertEquals(List.of("install 2097152+2097152 13..24"), large.calls);
    assertEquals(PARTS, states.missing(LARGE, 0, 4 * PARTS));
    assertTrue(states.received(LARGE, 2L * PARTS - 1));
  }

  @Test
  void shouldPlaceZerosOnlyForAHostPageThatHasNothingElse() throws Exception {
    for (int part = 0; part < PARTS; part++) {
      zero(LARGE, part);
    }
    for (int part = 0; part < PARTS; part++) {
      if (part == 7) {
        full(LARGE, 2L * PARTS + part);
      } else {
        zero(LARGE, 2L * PARTS + part);
      }
    }
    arrive();
    assertEquals(List.of("zero 0+2097152", "install 4194304+2097152 0..0"), large.calls);
  }

  @Test
  void shouldForgetHalfAHostPageWhenTheLinkBreaks() throws Exception {
    for (int part = 0; part < PARTS / 2; part++) {
      full(LARGE, part);
    }
    arrive();
    assertEquals(List.of(), large.calls);
    pages.reset();
    again();
    for (int part = 0; part < PARTS; part++) {
      zero(LARGE, part);
    }
    arrive();
    assertEquals(List.of("zero 0+2097152"), large.calls);
    assertEquals(0, states.missing(LARGE, 0, 1));
  }

  @Test
  void shouldRefuseAHostPageInAnotherOne() throws Exception {
    full(LARGE, 0);
    full(LARGE, PARTS + 1);
    refuses("page offset 2101248 of block \"large\"");
  }

  @Test
  void shouldRefuseAPageOfAnotherBlockInAHostPage() throws Exception {
    full(LARGE, 0);
    full(LARGE, 1);
    full(SMALL, 2);
    refuses("page offset 8192 of block \"small\"");
    assertEquals(List.of(), small.calls);
  }

  @Test
  void shouldRefuseAHostPageThatBeginsInTheMiddle() throws Exception {
    full(LARGE, 3);
    full(LARGE, 4);
    refuses("page offset 16384 of block \"large\"");
  }

  @Test
  void shouldRefuseAPageThatIsThere() throws Exception {
    full(SMALL, 5);
    full(SMALL, 5);
    refuses("page offset 20480 of block \"small\" again");
    assertEquals(List.of("install 20480+4096 6..6"), small.calls);
  }

  @Test
  void shouldKeepWhatWasPlacedOfARunThatFailsHalfWay() throws Exception {
    for (int page = 8; page < 16; page++) {
      zero(SMALL, page);
    }
    small.room = 3;
    StateException failed = assertThrows(StateException.class, this::arrive);
    assertEquals(StateException.Fault.ENVIRONMENT, failed.fault());
    assertEquals(0, states.missing(SMALL, 8, 1));
    assertTrue(states.received(SMALL, 10));
    assertEquals(5, states.missing(SMALL, 11, 5));
    again();
    for (int page = 11; page < 16; page++) {
      zero(SMALL, page);
    }
    assertEquals("5", arrive());
    assertEquals(List.of("zero 32768+32768", "zero 45056+20480"), small.calls);
  }

  @Test
  void shouldNoteNothingOfARunThatFailsAtOnce() throws Exception {
    zero(SMALL, 8);
    small.room = 0;
    assertThrows(StateException.class, this::arrive);
    assertFalse(states.received(SMALL, 8));
  }

  @Test
  void shouldTryAgainWhenTheKernelSaysSo() throws Exception {
    small.retries = 5;
    full(SMALL, 1);
    arrive();
    assertEquals(List.of("install 4096+4096 2..2"), small.calls);
  }

  @Test
  void shouldNotTakeAPageForReceivedThatSomebodyElsePlaced() throws Exception {
    small.end = Resolution.ALREADY_PRESENT;
    full(SMALL, 1);
    StateException failed = assertThrows(StateException.class, this::arrive);
    assertEquals(StateException.Fault.LOCAL, failed.fault());
    assertFalse(states.received(SMALL, 1));
  }

  @Test
  void shouldWritePagesOfAGuestAtRestInRows() throws Exception {
    for (int page = 2; page < 10; page++) {
      full(REST, page);
    }
    full(REST, 20);
    full(REST, 21);
    assertEquals("8 2", arrive());
    assertEquals(2, rest.writes);
    for (int page = 2; page < 10; page++) {
      assertEquals(1 + page, rest.memory.get(ValueLayout.JAVA_BYTE, (long) page * PAGE + 17));
    }
    assertEquals(0, rest.memory.get(ValueLayout.JAVA_BYTE, 10L * PAGE));
    assertEquals(22, rest.memory.get(ValueLayout.JAVA_BYTE, 22L * PAGE - 1));
    assertEquals(0, states.missing(REST, 9, 1));
    assertEquals(10, states.missing(REST, 10, 10));
  }

  @Test
  void shouldWriteARowUpToThePageThatIsThere() throws Exception {
    states.arrived(REST, 5, 1);
    for (int page = 2; page < 10; page++) {
      full(REST, page);
    }
    refuses("page offset 20480 of block \"rest\" again");
    assertEquals(1, rest.writes);
    assertTrue(states.received(REST, 4));
    assertFalse(states.received(REST, 6));
  }
}
