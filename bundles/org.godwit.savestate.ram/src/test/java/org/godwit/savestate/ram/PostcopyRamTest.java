package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.godwit.api.machine.FirstPages;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.Budget;
import org.godwit.api.savestate.LiveState.Accuracy;
import org.godwit.api.savestate.LiveState.Progress;
import org.godwit.api.savestate.PendingBytes;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.StateException;
import org.godwit.tck.BytesReader;
import org.godwit.tck.BytesWriter;
import org.junit.jupiter.api.Test;

/** RAM that follows a guest that runs already. */
class PostcopyRamTest {
  private static final int ZERO = 0x02;
  private static final int EOS = 0x10;
  private static final int CONTINUE = 0x20;
  private static final Budget NONE = () -> true;
  private static final Budget ALL = () -> false;

  private final MemoryBlock big = new MemoryBlock("big", 200, true);
  private final MemoryBlock small = new MemoryBlock("small", 40, false);
  private final BytesWriter out = new BytesWriter();
  private final List<String> discarded = new ArrayList<>();
  private long taken;
  private String lastBlock = "";

  private static Settings postcopy() {
    return Settings.defaults().with(Capability.POSTCOPY_RAM, true);
  }

  private PostcopyState state(Settings settings, MemoryBlock... blocks) throws Exception {
    return state(new Bench(settings, blocks));
  }

  private PostcopyState state(Bench bench) throws Exception {
    PostcopyState made = (PostcopyState) new RamProvider().outgoing(bench).orElseThrow();
    made.setup(out);
    taken = out.position();
    return made;
  }

  private void switchOver(PostcopyState state) throws Exception {
    state.switchOver((b, start, length) -> discarded.add(b + " " + start + " " + length));
  }

  /** Pages written since the last call, as {@code name page}. */
  private List<String> sent() throws IOException {
    BytesReader in = new BytesReader(out.toByteArray());
    in.skip(taken);
    List<String> pages = new ArrayList<>();
    while (in.remaining() > 0) {
      long word = in.be64();
      if ((word & EOS) != 0) {
        continue;
      }
      if ((word & CONTINUE) == 0) {
        lastBlock = in.countedString();
      }
      assertFalse(lastBlock.isEmpty(), "the first record names its block");
      pages.add(lastBlock + " " + word / 4096);
      in.skip((word & ZERO) != 0 ? 1 : 4096);
    }
    taken = out.position();
    return pages;
  }

  private static List<String> pages(String block, int from, int to) {
    return Stream.iterate(from, p -> p + 1).limit(to - from).map(p -> block + " " + p).toList();
  }

  @Test
  void shouldLetAllOfItFollow() throws Exception {
    try (PostcopyState state = state(postcopy(), big, small)) {
      assertEquals(new PendingBytes(0, 240 * 4096), state.pending(Accuracy.ESTIMATE));
      assertEquals(4096, state.pageSizes());
      switchOver(state);
      assertEquals(List.of("big 0 819200", "small 0 163840"), discarded);
      assertEquals(Progress.DONE, state.iterate(out, ALL));
      assertEquals(240, new HashSet<>(sent()).size());
      assertEquals(PendingBytes.NONE, state.pending(Accuracy.EXACT));
    }
  }

  @Test
  void shouldTellExactlyWhatIsNotUpToDate() throws Exception {
    try (PostcopyState state = state(postcopy(), big, small)) {
      state.iterate(out, ALL);
      big.poke(7, 0, 1);
      big.poke(8, 0, 1);
      big.poke(63, 0, 1);
      big.poke(64, 0, 1);
      big.poke(199, 0, 1);
      switchOver(state);
      assertEquals(List.of("big 28672 8192", "big 258048 8192", "big 815104 4096"), discarded);
      sent();
      state.complete(out);
      assertEquals(List.of("big 7", "big 8", "big 63", "big 64", "big 199"), sent());
    }
  }

  @Test
  void shouldSendWhatWasAskedForFirstAndGoOnFromThere() throws Exception {
    try (PostcopyState state = state(postcopy(), big, small)) {
      switchOver(state);
      state.request("small", 5 * 4096, 4096);
      state.request("big", 100 * 4096, 8192);
      assertTrue(state.urgent());
      assertEquals(Progress.MORE, state.iterate(out, NONE));
      assertEquals(List.of("small 5", "big 100", "big 101"), sent());
      assertFalse(state.urgent());
      int[] looks = {1};
      state.iterate(out, () -> looks[0]-- <= 0);
      assertEquals(pages("big", 102, 118), sent());
      assertEquals(Progress.DONE, state.iterate(out, ALL));
      List<String> rest = sent();
      assertEquals("big 118", rest.getFirst());
      assertEquals(221, new HashSet<>(rest).size());
      assertEquals(221, rest.size());
    }
  }

  @Test
  void shouldSendNoPageTwiceHoweverOftenItIsAskedFor() throws Exception {
    try (PostcopyState state = state(postcopy(), big)) {
      switchOver(state);
      for (int i = 0; i < 10_000_000; i++) {
        state.request("big", i % 200 * 4096L, 4096);
      }
      state.iterate(out, NONE);
      assertEquals(200, sent().size());
      state.request("big", 0, 200 * 4096);
      assertFalse(state.urgent());
      assertEquals(Progress.DONE, state.iterate(out, ALL));
      assertEquals(List.of(), sent());
    }
  }

  @Test
  void shouldBlameThePeerForWhatDoesNotExist() throws Exception {
    MemoryBlock huge = new MemoryBlock("huge", 64, true).onPagesOf(32 * 4096);
    try (PostcopyState state = state(postcopy(), big, huge)) {
      switchOver(state);
      refused(() -> state.request("other", 0, 4096), "\"other\", which does not exist");
      refused(() -> state.request("big", 200 * 4096, 4096), "which has 819200");
      refused(() -> state.request("big", -4096, 4096), "which has 819200");
      refused(() -> state.request("big", 0, 201 * 4096), "which has 819200");
      refused(() -> state.request("big", 1, 4096), "whose pages have 4096");
      refused(() -> state.request("big", 0, 0), "whose pages have 4096");
      refused(() -> state.request("huge", 4096, 32 * 4096), "whose pages have 131072");
      refused(() -> state.request("big", Long.MAX_VALUE & -4096, 4096), "which has 819200");
      assertFalse(state.urgent());
    }
  }

  private static void refused(org.junit.jupiter.api.function.Executable call, String part) {
    StateException refused = assertThrows(StateException.class, call);
    assertEquals(StateException.Fault.PEER, refused.fault());
    assertTrue(refused.getMessage().contains(part), refused.getMessage());
  }

  @Test
  void shouldSendHugePagesWholeAndInARow() throws Exception {
    MemoryBlock huge = new MemoryBlock("huge", 128, true).onPagesOf(32 * 4096);
    try (PostcopyState state = state(postcopy(), huge, small)) {
      assertEquals(0x21000, state.pageSizes());
      state.iterate(out, ALL);
      huge.poke(40, 0, 1);
      huge.poke(127, 0, 1);
      switchOver(state);
      assertEquals(List.of("huge 131072 131072", "huge 393216 131072"), discarded);
      sent();
      state.request("huge", 96 * 4096, 32 * 4096);
      state.iterate(out, NONE);
      assertEquals(pages("huge", 96, 128), sent());
      state.complete(out);
      assertEquals(pages("huge", 32, 64), sent());
    }
  }

  @Test
  void shouldSendExactlyWhatWasNotReceivedAfterARecovery() throws Exception {
    try (PostcopyState state = state(postcopy(), big, small)) {
      switchOver(state);
      state.request("big", 0, 4096);
      state.iterate(out, ALL);
      sent();
      assertEquals(
          List.of(new PostcopyState.Block("big", 200), new PostcopyState.Block("small", 40)),
          state.blocks());
      byte[] some = new byte[32];
      java.util.Arrays.fill(some, (byte) -1);
      some[0] = (byte) 0b1111_1010;
      some[24] = 0x7F;
      // bits behind the last page, as a careless peer sends them
      some[25] = 0;
      state.received("big", some);
      refused(state::resume, "block small");
      refused(() -> state.received("small", new byte[16]), "16 bytes");
      refused(() -> state.received("none", new byte[8]), "does not exist");
      state.received("small", new byte[] {-1, -1, -1, -1, -1, 0, 0, 0});
      state.resume();
      lastBlock = "";
      assertEquals(3 * 4096, state.pending(Accuracy.ESTIMATE).total());
      state.request("big", 199 * 4096, 4096);
      state.iterate(out, NONE);
      assertEquals(List.of("big 199"), sent());
      state.complete(out);
      assertEquals(List.of("big 0", "big 2"), sent());
    }
  }

  private static BitSet pages(int from, int to) {
    BitSet set = new BitSet();
    set.set(from, to);
    return set;
  }

  @Test
  void shouldSendKnownPagesBeforeTheGuestGoesAndLearnWhatItAsksFor() throws Exception {
    Bench bench = new Bench(postcopy().with(Parameter.LAZY, "on"), big, small);
    BitSet inBig = pages(10, 40);
    inBig.or(pages(198, 300));
    bench.known = Map.of("big", inBig, "small", pages(3, 4), "gone", pages(0, 9));
    try (PostcopyState state = state(bench)) {
      PendingBytes pending = state.pending(Accuracy.ESTIMATE);
      assertEquals(33 * 4096, pending.mustPrecopy());
      assertEquals(240 * 4096, pending.total());
      while (state.pending(Accuracy.ESTIMATE).mustPrecopy() > 0) {
        var _ = state.iterate(out, ALL);
      }
      List<String> first = new ArrayList<>(pages("big", 10, 40));
      first.addAll(List.of("big 198", "big 199", "small 3"));
      assertEquals(first, sent());
      switchOver(state);
      state.request("big", 0, 8192);
      state.request("big", 0, 4096);
      bench.now = Prefetch.WINDOW;
      state.request("small", 0, 4096);
      state.complete(out);
      assertEquals(240 - 33, new HashSet<>(sent()).size());
      assertEquals(
          new FirstPages.Restore(33, 2, Map.of("big", pages(0, 2))), bench.learned.orElseThrow());
    }
  }

  @Test
  void shouldSendWhatWasAskedForOverAChannelOfItsOwn() throws Exception {
    try (PostcopyState state = state(postcopy(), big, small)) {
      switchOver(state);
      taken = out.position();
      BytesWriter urgent = new BytesWriter();
      state.urgentChannel(urgent);
      state.request("small", 5 * 4096, 4096);
      state.request("small", 7 * 4096, 4096);
      assertFalse(state.urgent(), "that is no matter of the main channel");
      state.iterate(out, NONE);
      assertEquals(0, urgent.position());
      state.deliver();
      assertEquals(List.of(), sent());
      // name and CONTINUE of this channel alone, zero pages
      BytesReader in = new BytesReader(urgent.toByteArray());
      assertEquals(5 * 4096 | ZERO, in.be64());
      assertEquals("small", in.countedString());
      assertEquals(0, in.u8());
      assertEquals(7 * 4096 | ZERO | CONTINUE, in.be64());
      assertEquals(0, in.u8());
      assertEquals(0, in.remaining());
      state.complete(out);
      assertEquals(238, sent().size());
      state.endUrgentChannel();
      in = new BytesReader(urgent.toByteArray());
      in.skip(urgent.position() - 8);
      assertEquals(EOS, in.be64());
    }
  }

  /** Somebody waits for each of them, also where the next request asks for what is there. */
  @Test
  void shouldKeepNothingBackThatWasAskedFor() throws Exception {
    try (PostcopyState state = state(postcopy(), big, small)) {
      switchOver(state);
      BytesWriter urgent = new BytesWriter();
      state.urgentChannel(urgent);
      state.request("small", 5 * 4096, 4096);
      state.deliver();
      assertEquals(urgent.position(), urgent.flushed());
      long before = urgent.position();
      state.request("small", 7 * 4096, 4096);
      state.request("small", 5 * 4096, 4096);
      state.deliver();
      assertTrue(urgent.position() > before);
      assertEquals(urgent.position(), urgent.flushed());
    }
  }

  @Test
  void shouldSendNoMoreKnownPagesThanAllowed() throws Exception {
    Settings settings = postcopy().with(Parameter.LAZY, "on").with(Parameter.PREFETCH, 20 * 4096);
    Bench bench = new Bench(settings, big, small);
    bench.known = Map.of("big", pages(10, 40));
    try (PostcopyState state = state(bench)) {
      assertEquals(20 * 4096, state.pending(Accuracy.ESTIMATE).mustPrecopy());
      var _ = state.iterate(out, ALL);
      assertEquals(pages("big", 10, 30), sent());
      assertEquals(0, state.pending(Accuracy.ESTIMATE).mustPrecopy());
    }
  }

  @Test
  void shouldStopDifferencesAtTheSwitchover() throws Exception {
    Settings settings =
        postcopy().with(Capability.XBZRLE, true).with(Parameter.XBZRLE_CACHE_SIZE, 256 * 4096);
    try (PostcopyState state = state(settings, big)) {
      big.poke(3, 0, 1);
      state.iterate(out, ALL);
      big.poke(3, 8, 2);
      assertTrue(state.pending(Accuracy.EXACT).total() > 0);
      switchOver(state);
      taken = out.position();
      state.complete(out);
      assertEquals(List.of("big 3"), sent());
    }
  }
}
