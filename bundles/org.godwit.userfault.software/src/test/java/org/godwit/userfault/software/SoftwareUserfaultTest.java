package org.godwit.userfault.software;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.tck.UserfaultContract;
import org.junit.jupiter.api.Test;

/** The contract, and what only a gate does. */
class SoftwareUserfaultTest extends UserfaultContract {
  private static final long PAGE = 4096;

  private final SoftwareUserfault backend = new SoftwareUserfault();

  @Override
  protected UserfaultBackend backend() {
    return backend;
  }

  @Override
  protected void stop(UserfaultBackend stopped) {
    backend.stop();
  }

  @Override
  protected GuestMemory absentMemory(long length) {
    return GatedArray.zeros(length, pageSize());
  }

  @Override
  protected byte access(UserfaultRegion region, long offset) throws Exception {
    region.gate().orElseThrow().await(offset, 1, false);
    return ((GatedArray) region.memory()).at(offset);
  }

  @Override
  protected GuestMemory unsuitable(GuestMemory gated) {
    return new GuestMemory.Native(PAGE, PAGE, PAGE, GuestMemory.Kind.PRIVATE);
  }

  @Test
  void shouldAskOnceForAPageThatManyWaitFor() throws Exception {
    GatedArray memory = GatedArray.zeros(4 * PAGE, PAGE);
    try (UserfaultSession session = backend.open("one")) {
      SoftwareRegion region = (SoftwareRegion) session.add(memory, (_, _, _) -> {});
      region.discard(0, 2 * PAGE);
      assertFalse(region.ask(0), "nothing is trapped yet");
      region.trap();
      assertTrue(region.ask(0));
      assertFalse(region.ask(0), "the second who waits");
      region.installZero(0, PAGE);
      assertFalse(region.ask(0), "it is there");
      region.discard(0, PAGE);
      assertTrue(region.ask(0), "it was dropped");
    }
  }

  @Test
  void shouldWaitForEachPageOfARange() throws Exception {
    BlockingQueue<Long> asked = new LinkedBlockingQueue<>();
    GatedArray memory = GatedArray.zeros(4 * PAGE, PAGE);
    try (UserfaultSession session = backend.open("range")) {
      UserfaultRegion region = session.add(memory, (offset, _, _) -> asked.add(offset));
      region.discard(0, 2 * PAGE);
      region.trap();
      Thread waiter = Thread.ofPlatform().start(() -> awaitFirstTwo(region));
      assertEquals(0L, asked.take());
      region.installZero(0, PAGE);
      assertEquals(PAGE, asked.take(), "the second page is asked for when the first is there");
      region.installZero(PAGE, PAGE);
      waiter.join();
      assertTrue(asked.isEmpty());
    }
  }

  private static void awaitFirstTwo(UserfaultRegion region) {
    try {
      region.gate().orElseThrow().await(PAGE - 1, 2, true);
    } catch (org.godwit.api.machine.MachineException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldLetEveryonePassBeforeTheTrap() throws Exception {
    GatedArray memory = GatedArray.zeros(PAGE, PAGE);
    try (UserfaultSession session = backend.open("open")) {
      UserfaultRegion region =
          session.add(
              memory,
              (_, _, _) -> {
                throw new AssertionError("reported");
              });
      region.discard(0, PAGE);
      region.gate().orElseThrow().await(0, PAGE, false);
      assertFalse(memory.at(0) != 0);
    }
  }
}
