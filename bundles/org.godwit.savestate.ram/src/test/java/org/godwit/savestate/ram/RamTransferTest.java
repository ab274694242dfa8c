package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.LiveLoad.Part;
import org.godwit.api.savestate.LiveState.Accuracy;
import org.godwit.api.savestate.LiveState.Progress;
import org.godwit.api.savestate.PendingBytes;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.XbzrleCounters;
import org.godwit.tck.BytesReader;
import org.godwit.tck.BytesWriter;
import org.godwit.wire.WireException;
import org.junit.jupiter.api.Test;

/** RAM from a sender through its bytes into a receiver. */
class RamTransferTest {
  private final MemoryBlock big = new MemoryBlock("big", 200, true);
  private final MemoryBlock small = new MemoryBlock("small", 40, false);

  /** Sender and receiver that speak through one stream of bytes. */
  private static final class Pair implements AutoCloseable {
    final Bench bench;
    final BytesWriter out = new BytesWriter();
    final RamState state;
    final RamLoad load;
    private int done;

    Pair(Settings settings, MemoryBlock... blocks) {
      bench = new Bench(settings, blocks);
      state = new RamState(bench);
      load = new RamLoad(bench.incoming());
    }

    void setup() throws StateException, IOException {
      state.setup(out);
      load(Part.START);
    }

    Progress iterate(int looks) throws StateException, IOException {
      int[] left = {looks};
      Progress progress = state.iterate(out, () -> left[0]-- <= 0);
      load(Part.PART);
      return progress;
    }

    void sync() throws StateException {
      PendingBytes _ = state.pending(Accuracy.EXACT);
    }

    XbzrleCounters rates() {
      return bench.sent.xbzrle().orElseThrow();
    }

    void complete() throws StateException, IOException {
      state.complete(out);
      load(Part.END);
    }

    private void load(Part part) throws StateException, IOException {
      byte[] all = out.toByteArray();
      BytesReader in = new BytesReader(all);
      in.skip(done);
      // one reader object for the life of a channel, as the engine has it
      shared.of(in);
      load.load(part, shared);
      assertEquals(0, in.remaining(), "the body must be consumed exactly");
      done = all.length;
    }

    private final SharedReader shared = new SharedReader();

    @Override
    public void close() {
      state.close();
      load.close();
    }
  }

  @Test
  void shouldMoveAllPagesInBlockOrder() throws Exception {
    for (int page = 0; page < 200; page += 2) {
      big.poke(page, 8, page + 1);
    }
    small.poke(39, 4088, -1);
    try (Pair pair = new Pair(Settings.defaults(), big, small)) {
      pair.setup();
      assertEquals(240 * 4096, pair.state.pending(Accuracy.ESTIMATE).total());
      assertEquals(Progress.DONE, pair.iterate(1000));
      pair.complete();
      assertTrue(pair.bench.same());
      assertEquals(101, pair.bench.sent.normal());
      assertEquals(139, pair.bench.sent.duplicate());
      assertEquals(101, pair.bench.received.normal());
      assertEquals(139, pair.bench.received.duplicate());
      assertEquals(240 * 4096, pair.bench.sent.total());
      assertEquals(2, pair.bench.passes);
      assertEquals(List.of("big 0 200", "small 0 40"), pair.bench.rearmed);
    }
  }

  @Test
  void shouldGoOnWhereTheBudgetEndedAPass() throws Exception {
    try (Pair pair = new Pair(Settings.defaults(), big, small)) {
      pair.setup();
      assertEquals(Progress.MORE, pair.iterate(1));
      assertEquals((240 - 16) * 4096, pair.state.pending(Accuracy.ESTIMATE).total());
      assertEquals(Progress.MORE, pair.iterate(2));
      assertEquals((240 - 48) * 4096, pair.state.pending(Accuracy.ESTIMATE).total());
      assertEquals(Progress.DONE, pair.iterate(1000));
      assertEquals(240, pair.bench.sent.duplicate(), "each page once");
    }
  }

  @Test
  void shouldNotSearchForEverWhenTheDirtyLogCountsMoreThanItMarks() throws Exception {
    try (Pair pair = new Pair(Settings.defaults(), big, small)) {
      pair.setup();
      pair.iterate(1000);
      pair.bench.overcount = 3;
      StateException failed =
          assertTimeoutPreemptively(
              Duration.ofSeconds(20), () -> assertThrows(StateException.class, pair::complete));
      assertEquals(StateException.Fault.LOCAL, failed.fault());
      assertTrue(failed.getMessage().contains("6 pages more than it marked"), failed.getMessage());
    }
  }

  @Test
  void shouldSendAgainWhatWasWrittenAndRearmOncePerSync() throws Exception {
    try (Pair pair = new Pair(Settings.defaults(), big)) {
      pair.setup();
      pair.iterate(1000);
      big.poke(7, 0, 42);
      big.poke(150, 0, 43);
      assertEquals(0, pair.state.pending(Accuracy.ESTIMATE).total());
      assertEquals(2 * 4096, pair.state.pending(Accuracy.EXACT).total());
      pair.complete();
      assertTrue(pair.bench.same());
      assertEquals(2, pair.bench.rearmed.size());
      assertEquals(2, pair.bench.sent.normal());
    }
  }

  @Test
  void shouldZeroOnlyPagesThatWereWrittenBefore() throws Exception {
    big.poke(3, 0, 1);
    try (Pair pair = new Pair(Settings.defaults(), big)) {
      pair.setup();
      pair.iterate(1000);
      big.clear(3);
      big.clear(4);
      pair.complete();
      assertTrue(pair.bench.same());
      assertEquals(List.of(3L), pair.bench.target.getFirst().zeroed);
    }
  }

  @Test
  void shouldHandOverPagesInARowByOneCall() throws Exception {
    for (int page = 20; page < 120; page++) {
      big.poke(page, 8, page);
    }
    try (Pair pair = new Pair(Settings.defaults(), big, small)) {
      pair.setup();
      pair.complete();
      assertTrue(pair.bench.same());
      assertEquals(100, pair.bench.received.normal());
      assertEquals(140, pair.bench.received.duplicate());
      // the reader of this test stages 15 pages at once
      assertEquals(7, pair.bench.target.getFirst().writes);
    }
  }

  @Test
  void shouldSendAHoleAtOnceAndStillSeeWhatIsWrittenIntoItLater() throws Exception {
    MemoryBlock sparse = new MemoryBlock("sparse", 20_000, true);
    sparse.poke(3, 0, 1);
    sparse.holeFrom = 10 * RamState.PAGE;
    try (Pair pair = new Pair(Settings.defaults(), sparse)) {
      pair.setup();
      pair.iterate(3);
      assertEquals(16 + 2 * 4096, pair.bench.sent.normal() + pair.bench.sent.duplicate());
      sparse.poke(4000, 16, 5);
      sparse.poke(19_999, 16, 6);
      sparse.holeFrom = sparse.length();
      pair.complete();
      assertTrue(pair.bench.same());
      assertEquals(20_001, pair.bench.received.normal() + pair.bench.received.duplicate());
    }
  }

  @Test
  void shouldZeroARunOfWrittenPagesByOneCall() throws Exception {
    for (int page = 50; page < 150; page++) {
      big.poke(page, 8, page);
    }
    try (Pair pair = new Pair(Settings.defaults(), big)) {
      pair.setup();
      pair.iterate(1000);
      for (int page = 0; page < 200; page++) {
        big.clear(page);
      }
      pair.complete();
      assertTrue(pair.bench.same());
      assertEquals(List.of(50L), pair.bench.target.getFirst().zeroed);
    }
  }

  @Test
  void shouldKnowTheDirtyRateAfterASecond() throws Exception {
    try (Pair pair = new Pair(Settings.defaults(), big)) {
      pair.setup();
      pair.iterate(1000);
      for (int page = 0; page < 100; page++) {
        big.poke(page, 0, 9);
      }
      pair.bench.now = 2_000_000_000L;
      assertEquals(100 * 4096, pair.state.pending(Accuracy.EXACT).total());
      assertEquals(50, pair.bench.sent.dirtyPagesRate());
    }
  }

  @Test
  void shouldSendDifferencesAfterTheFirstRound() throws Exception {
    Settings settings =
        Settings.defaults()
            .with(Capability.XBZRLE, true)
            .with(Parameter.XBZRLE_CACHE_SIZE, 64 * 4096);
    SplittableRandom random = new SplittableRandom(3);
    try (Pair pair = new Pair(settings, big, small)) {
      pair.setup();
      pair.iterate(1000);
      for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 30; i++) {
          write(random);
        }
        assertTrue(pair.state.pending(Accuracy.EXACT).total() > 0);
        pair.iterate(1000);
        assertTrue(pair.bench.same(), "round " + round);
      }
      var counters = pair.bench.sent.xbzrle().orElseThrow();
      assertTrue(counters.pages() > 100, counters::toString);
      assertTrue(counters.cacheMiss() > 0, counters::toString);
      assertTrue(counters.bytes() > 0 && counters.overflow() > 0, counters::toString);
    }
  }

  /** Rates are those of periods of a second or more between two syncs, over all pages sent. */
  @Test
  void shouldTellTheRatesOfDifferencesAsQemuDoes() throws Exception {
    Settings settings = Settings.defaults().with(Capability.XBZRLE, true);
    try (Pair pair = new Pair(settings, big)) {
      pair.setup();
      pair.iterate(1000);
      for (int round = 1; round <= 2; round++) {
        pokeTen(round);
        pair.sync();
        pair.iterate(1000);
      }
      assertEquals(0, pair.rates().cacheMissRate(), "no second has passed");

      pair.bench.now += 1_000_000_000L;
      pair.sync();
      // round 1 missed 10 times and sent them whole; round 2 sent 10 differences
      double sent = pair.bench.sent.normal() + pair.bench.sent.duplicate() + 10;
      assertEquals(10 / sent, pair.rates().cacheMissRate(), 1e-12);
      assertEquals(10 * 4096.0 / pair.rates().bytes(), pair.rates().encodingRate(), 1e-12);

      pair.bench.now += 1_000_000_000L;
      pair.sync();
      assertEquals(10 / sent, pair.rates().cacheMissRate(), 1e-12, "nothing was sent since");

      for (int offset = 0; offset < 4096; offset += 8) {
        big.poke(0, offset, 0x0123_4567_89AB_CDEFL * (offset + 1));
      }
      pair.sync();
      pair.iterate(1000);
      pair.bench.now += 1_000_000_000L;
      pair.sync();
      assertEquals(1, pair.rates().overflow());
      assertEquals(0, pair.rates().cacheMissRate());
      assertEquals(1.0, pair.rates().encodingRate(), 1e-12, "a page that overflows counts whole");
    }
  }

  private void pokeTen(int value) {
    for (int page = 0; page < 10; page++) {
      big.poke(page, 0, value);
    }
  }

  private void write(SplittableRandom random) {
    MemoryBlock block = random.nextBoolean() ? big : small;
    int page = random.nextInt(block == big ? 100 : 40);
    switch (random.nextInt(8)) {
      case 0 -> block.clear(page);
      case 1 -> {
        for (int offset = 0; offset < 4096; offset += 8) {
          block.poke(page, offset, random.nextLong());
        }
      }
      default -> block.poke(page, random.nextInt(4088), random.nextLong());
    }
  }

  @Test
  void shouldCarryAddressesWithIgnoreShared() throws Exception {
    Settings settings = Settings.defaults().with(Capability.IGNORE_SHARED, true);
    try (Pair pair = new Pair(settings, big)) {
      pair.setup();
      // MEM_SIZE, name, length, address, EOS
      assertEquals(8 + 4 + 8 + 8 + 8, pair.out.toByteArray().length);
      pair.complete();
      assertTrue(pair.bench.same());
    }
  }

  @Test
  void shouldBlameThePeerForABlockThatDoesNotFit() throws Exception {
    Bench sender = new Bench(Settings.defaults(), new MemoryBlock("other", 4, true));
    BytesWriter out = new BytesWriter();
    try (RamState state = new RamState(sender);
        RamLoad load = new RamLoad(new Bench(Settings.defaults(), big).incoming())) {
      state.setup(out);
      StateException refused =
          assertThrows(
              StateException.class,
              () -> load.load(Part.START, new BytesReader(out.toByteArray())));
      assertEquals(StateException.Fault.PEER, refused.fault());
      assertTrue(refused.getCause() instanceof RefusedException);
      assertTrue(refused.getMessage().contains("byte offset"));
    }
  }

  @Test
  void shouldRefuseMoreMemoryThanTheLimitBeforeAskingTheMachine() throws Exception {
    Settings settings = Settings.defaults().with(Parameter.MAX_RAM, 199 * 4096);
    BytesWriter out = new BytesWriter();
    Bench bench = new Bench(settings, big);
    try (RamState state = new RamState(bench);
        RamLoad load = new RamLoad(bench.incoming())) {
      state.setup(out);
      WireException refused =
          assertThrows(
              WireException.class, () -> load.load(Part.START, new BytesReader(out.toByteArray())));
      assertEquals(WireException.Kind.LIMIT, refused.kind());
    }
  }
}
