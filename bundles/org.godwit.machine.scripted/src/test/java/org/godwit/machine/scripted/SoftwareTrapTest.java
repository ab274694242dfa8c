package org.godwit.machine.scripted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.PageGate;
import org.godwit.api.machine.PostcopyMemory;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.api.machine.WorkListener;
import org.godwit.tck.Moves;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A program that waits before each page that it writes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SoftwareTrapTest {
  private static final long MEMORY = 4L << 20;
  private static final long PAGE = 4096;

  private static Machine create(String mode) throws MachineException {
    return new ScriptedMachineProvider()
        .create(
            Moves.spec(
                "guest", MEMORY, Map.of("trap", "software", "mode", mode, "dirty-log", "program")));
  }

  private static PostcopyMemory postcopy(Machine machine) {
    PostcopyMemory memory = machine.blocks().getFirst().postcopy().orElseThrow();
    assertInstanceOf(GuestMemory.Gated.class, memory.memory());
    return memory;
  }

  private static void assertUndamaged(Machine machine) throws MachineException {
    assertEquals(0, ((SelfChecking) machine).check(WorkListener.NOBODY).wrongPages());
  }

  @Test
  void shouldAskForEachPageThatItWrites() throws Exception {
    try (Machine machine = create("sweep")) {
      PostcopyMemory memory = postcopy(machine);
      Set<Long> asked = ConcurrentHashMap.newKeySet();
      CountDownLatch all = new CountDownLatch((int) (MEMORY / PAGE));
      memory.guard(
          (offset, length, write) -> {
            assertEquals(PAGE, length);
            assertTrue(write);
            if (asked.add(offset)) {
              all.countDown();
            }
          });
      machine.start();
      all.await();
      machine.stop(RunState.PAUSED);
      memory.release();
      assertUndamaged(machine);
    }
  }

  @Test
  void shouldStopWhileItWaitsForAPageAndGoOnLater() throws Exception {
    try (Machine machine = create("random")) {
      PostcopyMemory memory = postcopy(machine);
      CountDownLatch waits = new CountDownLatch(1);
      memory.guard(never(waits));
      machine.start();
      waits.await();
      machine.stop(RunState.PAUSED);
      memory.release();
      assertUndamaged(machine);
      int lines = Moves.lines(machine);
      machine.start();
      Moves.awaitLines(machine, lines + 3);
      machine.stop(RunState.PAUSED);
      assertUndamaged(machine);
    }
  }

  @Test
  void shouldRefuseAnOrderForPagesThatNeverCome() throws Exception {
    try (Machine machine = create("scripted")) {
      machine.start();
      postcopy(machine)
          .guard(
              (_, _, _) -> {
                throw new MachineException("given up");
              });
      MachineException refused =
          assertThrows(MachineException.class, () -> ((ScriptedMachine) machine).write(7, 2));
      assertTrue(String.valueOf(refused.getMessage()).contains("Page 7"), refused.getMessage());
    }
  }

  /** A page that does not come while anybody waits. */
  private static PageGate never(CountDownLatch waits) {
    return (_, _, _) -> {
      waits.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new MachineException("interrupted", e);
      }
    };
  }
}
