package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.Budget;
import org.godwit.api.savestate.LiveState.Accuracy;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.StateException;
import org.godwit.tck.BytesWriter;
import org.junit.jupiter.api.Test;

/** Memory goes back to the host when the destination has confirmed it, never before. */
class PageReleaseTest {
  private static final Budget NONE = () -> true;
  private static final Budget ALL = () -> false;

  private final MemoryBlock big = new MemoryBlock("big", 200, true);
  private final MemoryBlock small = new MemoryBlock("small", 40, false);
  private final BytesWriter out = new BytesWriter();
  private final Settings settings =
      Settings.defaults().with(Capability.POSTCOPY_RAM, true).with(Capability.RELEASE_RAM, true);
  private Bench bench = new Bench(settings, big, small);

  private PostcopyState state() throws Exception {
    PostcopyState made = (PostcopyState) new RamProvider().outgoing(bench).orElseThrow();
    made.setup(out);
    return made;
  }

  private static void switchOver(PostcopyState state) throws Exception {
    state.switchOver((block, start, length) -> {});
  }

  private static void releaseAll(PostcopyState state) {
    boolean more = state.release();
    while (more) {
      more = state.release();
    }
  }

  private static BitSet pages(int... pages) {
    BitSet set = new BitSet();
    for (int page : pages) {
      set.set(page);
    }
    return set;
  }

  @Test
  void shouldReleaseWhatWasConfirmedAndNothingElse() throws Exception {
    try (PostcopyState state = state()) {
      state.iterate(out, ALL);
      big.poke(7, 0, 1);
      big.poke(9, 0, 1);
      switchOver(state);
      releaseAll(state);
      assertEquals(0, bench.sent.releasedBytes(), "sent in precopy, not confirmed");
      state.request("big", 9 * 4096, 4096);
      state.iterate(out, NONE);
      assertTrue(state.awaitConfirmation());
      state.iterate(out, ALL);
      assertFalse(state.awaitConfirmation(), "one at a time");
      releaseAll(state);
      assertEquals(0, bench.sent.releasedBytes(), "awaited, not confirmed");
      state.confirmed();
      releaseAll(state);
      assertEquals(199, big.released.cardinality());
      assertFalse(big.released.get(7), "sent behind what was confirmed");
      assertEquals(40, small.released.cardinality());
      assertEquals(239 * 4096, bench.sent.releasedBytes());
      assertTrue(state.awaitConfirmation());
      state.confirmed();
      releaseAll(state);
      assertEquals(240 * 4096, bench.sent.releasedBytes());
      assertFalse(state.awaitConfirmation(), "nothing was sent since");
    }
  }

  @Test
  void shouldReleaseNothingUnlessItIsAskedFor() throws Exception {
    bench = new Bench(settings.with(Capability.RELEASE_RAM, false), big, small);
    try (PostcopyState state = state()) {
      switchOver(state);
      state.iterate(out, ALL);
      assertFalse(state.awaitConfirmation());
      state.allConfirmed();
      assertFalse(state.release());
      assertEquals(0, bench.sent.releasedBytes());
    }
  }

  @Test
  void shouldReleaseInSlices() throws Exception {
    MemoryBlock large = new MemoryBlock("large", 5000, true);
    bench = new Bench(settings, large);
    try (PostcopyState state = state()) {
      state.iterate(out, ALL);
      switchOver(state);
      state.allConfirmed();
      assertTrue(state.release());
      assertEquals(PageRelease.SLICE, bench.sent.releasedBytes());
      releaseAll(state);
      assertEquals(5000 * 4096, bench.sent.releasedBytes());
    }
  }

  @Test
  void shouldReleaseHugePagesWholeOnly() throws Exception {
    MemoryBlock huge = new MemoryBlock("huge", 128, true).onPagesOf(32 * 4096);
    bench = new Bench(settings, huge);
    try (PostcopyState state = state()) {
      switchOver(state);
      state.request("huge", 96 * 4096, 32 * 4096);
      state.iterate(out, NONE);
      byte[] told = new byte[16];
      java.util.Arrays.fill(told, 8, 16, (byte) -1);
      told[9] = 0;
      state.received("huge", told);
      state.resume();
      releaseAll(state);
      BitSet last = new BitSet();
      last.set(96, 128);
      assertEquals(last, huge.released, "of host page 2 the destination has a part only");
    }
  }

  @Test
  void shouldKeepWhatGoesToAChannelOfItsOwnUntilItIsKnownToBeThere() throws Exception {
    try (PostcopyState state = state()) {
      switchOver(state);
      state.urgentChannel(new BytesWriter());
      state.request("big", 9 * 4096, 4096);
      state.deliver();
      assertFalse(state.awaitConfirmation(), "an answer on the main channel says nothing of it");
      state.complete(out);
      assertTrue(state.awaitConfirmation());
      state.confirmed();
      releaseAll(state);
      assertFalse(big.released.get(9));
      state.allConfirmed();
      releaseAll(state);
      assertEquals(240 * 4096, bench.sent.releasedBytes());
    }
  }

  @Test
  void shouldStillHaveWhatABrokenLinkTook() throws Exception {
    try (PostcopyState state = state()) {
      big.poke(4, 0, 4);
      switchOver(state);
      state.request("big", 0, 8 * 4096);
      state.iterate(out, NONE);
      assertTrue(state.awaitConfirmation());
      state.confirmed();
      releaseAll(state);
      state.iterate(out, ALL);
      assertTrue(state.awaitConfirmation());
      // the link breaks: pages 0 to 9 and 20 arrived
      byte[] bitmap = new byte[32];
      bitmap[0] = -1;
      bitmap[1] = 3;
      bitmap[2] = 16;
      state.received("big", bitmap);
      state.received("small", new byte[8]);
      state.resume();
      state.confirmed();
      releaseAll(state);
      assertEquals(pages(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20), big.released);
      assertEquals(new BitSet(), small.released);
      assertEquals(229 * 4096, state.pending(Accuracy.ESTIMATE).total());
    }
  }

  @Test
  void shouldRefuseADestinationThatWantsAgainWhatItHadConfirmed() throws Exception {
    try (PostcopyState state = state()) {
      switchOver(state);
      state.request("big", 0, 8 * 4096);
      state.iterate(out, NONE);
      assertTrue(state.awaitConfirmation());
      state.confirmed();
      releaseAll(state);
      byte[] bitmap = new byte[32];
      bitmap[0] = 0b0111_1110;
      StateException refused =
          assertThrows(StateException.class, () -> state.received("big", bitmap));
      assertEquals(StateException.Fault.PEER, refused.fault());
      assertTrue(refused.getMessage().contains("lacks 2 pages of block big"), refused::getMessage);
    }
  }

  @Test
  void shouldKeepTheMemoryOfAHostThatRefuses() throws Exception {
    big.keeps = true;
    try (PostcopyState state = state()) {
      switchOver(state);
      state.iterate(out, ALL);
      state.allConfirmed();
      releaseAll(state);
      assertEquals(40 * 4096, bench.sent.releasedBytes());
      assertFalse(state.release());
    }
  }
}
