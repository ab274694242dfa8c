package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.LiveState.Progress;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.StateWriter;
import org.godwit.tck.BytesReader;
import org.godwit.tck.BytesWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages that were asked for and all the others, each kind over its channel by its thread. */
@Timeout(60)
class TwoChannelsTest {
  private static final int PAGES = 4096;
  private static final int ZERO = 0x02;
  private static final int EOS = 0x10;
  private static final int CONTINUE = 0x20;

  private static PostcopyState split(StateWriter out, int hostPages) throws Exception {
    MemoryBlock block = new MemoryBlock("ram", PAGES, true).onPagesOf(hostPages * 4096L);
    for (int page = 0; page < PAGES; page += 2) {
      block.poke(page, 0, page + 1L);
    }
    Settings settings = Settings.defaults().with(Capability.POSTCOPY_RAM, true);
    PostcopyState state =
        (PostcopyState) new RamProvider().outgoing(new Bench(settings, block)).orElseThrow();
    state.setup(out);
    state.switchOver((name, start, length) -> {});
    return state;
  }

  private static List<Integer> pages(BytesWriter written, long from) throws IOException {
    BytesReader in = new BytesReader(written.toByteArray());
    in.skip(from);
    List<Integer> pages = new ArrayList<>();
    while (in.remaining() > 0) {
      long word = in.be64();
      if ((word & EOS) == 0) {
        if ((word & CONTINUE) == 0) {
          assertEquals("ram", in.countedString());
        }
        pages.add((int) (word / 4096));
        in.skip((word & ZERO) != 0 ? 1 : 4096);
      }
    }
    return pages;
  }

  /** A channel that is full from its n-th page on, until a test frees it. */
  private static final class FullChannel implements StateWriter {
    final CountDownLatch full = new CountDownLatch(1);
    final CountDownLatch free = new CountDownLatch(1);
    private final BytesWriter inner;
    private int room;

    FullChannel(BytesWriter inner, int room) {
      this.inner = inner;
      this.room = room;
    }

    @Override
    public void reference(MemorySegment from, long offset, long length) throws IOException {
      room--;
      if (room == 0) {
        full.countDown();
        await(free);
      }
      inner.reference(from, offset, length);
    }

    @Override
    public void u8(int value) {
      inner.u8(value);
    }

    @Override
    public void be16(int value) {
      inner.be16(value);
    }

    @Override
    public void be32(long value) {
      inner.be32(value);
    }

    @Override
    public void be64(long value) {
      inner.be64(value);
    }

    @Override
    public void countedString(String text) {
      inner.countedString(text);
    }

    @Override
    public void bytes(MemorySegment from, long offset, long length) {
      inner.bytes(from, offset, length);
    }

    @Override
    public void flush() {
      inner.flush();
    }

    @Override
    public long position() {
      return inner.position();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertEachOnce(List<Integer> one, List<Integer> other) {
    BitSet all = new BitSet();
    for (List<Integer> pages : List.of(one, other)) {
      for (int page : pages) {
        assertFalse(all.get(page), "page " + page + " twice");
        all.set(page);
      }
    }
    assertEquals(PAGES, all.cardinality());
  }

  @Test
  void shouldDeliverWhatWasAskedForWhileTheMainChannelIsFull() throws Exception {
    BytesWriter sent = new BytesWriter();
    FullChannel main = new FullChannel(sent, 100);
    BytesWriter urgent = new BytesWriter();
    try (ExecutorService sender = Executors.newSingleThreadExecutor();
        PostcopyState state = split(main, 1)) {
      long begin = sent.position();
      state.urgentChannel(urgent);
      Future<Progress> rest = sender.submit(() -> state.iterate(main, () -> false));
      await(main.full);
      state.request("ram", 4000 * 4096L, 4096);
      state.deliver();
      assertEquals(List.of(4000), pages(urgent, 0));
      assertEquals(urgent.position(), urgent.flushed());
      // it is on its way over the other channel, full or not
      state.request("ram", 10 * 4096L, 4096);
      state.deliver();
      assertEquals(List.of(4000), pages(urgent, 0));
      main.free.countDown();
      assertEquals(Progress.DONE, rest.get());
      assertEachOnce(pages(sent, begin), pages(urgent, 0));
    }
  }

  @Test
  void shouldNotWaitForTheChannelOfRequestsWhenItIsFull() throws Exception {
    BytesWriter sent = new BytesWriter();
    BytesWriter asked = new BytesWriter();
    FullChannel urgent = new FullChannel(asked, 1);
    try (ExecutorService other = Executors.newSingleThreadExecutor();
        PostcopyState state = split(sent, 1)) {
      long begin = sent.position();
      state.urgentChannel(urgent);
      state.request("ram", 2000 * 4096L, 4096);
      Future<?> delivery =
          other.submit(
              () -> {
                state.deliver();
                return 0;
              });
      await(urgent.full);
      assertEquals(Progress.DONE, state.iterate(sent, () -> false));
      assertEquals(PAGES - 1, pages(sent, begin).size());
      urgent.free.countDown();
      var _ = delivery.get();
      assertEachOnce(pages(sent, begin), pages(asked, 0));
    }
  }

  /** Host pages of one, a few and many target pages. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 32, 512})
  void shouldSendEachHostPageOnceAndOnOneChannel(int many) throws Exception {
    BytesWriter sent = new BytesWriter();
    BytesWriter asked = new BytesWriter();
    try (ExecutorService other = Executors.newSingleThreadExecutor();
        PostcopyState state = split(sent, many)) {
      long begin = sent.position();
      state.urgentChannel(asked);
      Future<?> delivery =
          other.submit(
              () -> {
                Random random = new Random(many);
                while (state.pending(PostcopyState.Accuracy.ESTIMATE).total() > 0) {
                  int page = random.nextInt(PAGES / many) * many;
                  state.request("ram", page * 4096L, many * 4096L);
                  state.deliver();
                }
                return 0;
              });
      Progress progress = Progress.MORE;
      while (progress == Progress.MORE) {
        int[] looks = {1};
        progress = state.iterate(sent, () -> looks[0]-- <= 0);
      }
      var _ = delivery.get();
      List<Integer> one = pages(sent, begin);
      List<Integer> two = pages(asked, 0);
      assertEachOnce(one, two);
      assertWhole(one, many);
      assertWhole(two, many);
    }
  }

  /** Target pages of a host page follow each other. */
  private static void assertWhole(List<Integer> pages, int many) {
    assertEquals(0, pages.size() % many);
    for (int i = 0; i < pages.size(); i++) {
      int first = pages.get(i - i % many);
      assertEquals(0, first % many);
      assertEquals(first + i % many, pages.get(i));
    }
  }
}
