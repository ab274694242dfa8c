package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RunState;
import org.junit.jupiter.api.Test;

/** The simulated machine itself; it has no guest, so the contract of machines does not fit it. */
class SimulatedMachineTest {
  @Test
  void shouldReportEachWrittenPageOnce() throws Exception {
    SimulatedMachine machine = new SimulatedMachine("m", List.of(), 128L * DirtyLog.PAGE_SIZE);
    machine.fillPage(0, 1, 1);
    RamBlock block = machine.blocks().getFirst();
    DirtyLog log = machine.dirtyLog();
    MemorySegment bitmap = Arena.ofAuto().allocate(16, 8);
    log.start();
    assertEquals(0, log.fetch(block, bitmap), "pages written before the start are not reported");
    machine.fillPage(0, 2, 1).fillPage(0, 65, 1).fillPage(0, 65, 2);
    assertEquals(2, log.fetch(block, bitmap));
    assertEquals(4, bitmap.get(ValueLayout.JAVA_LONG, 0));
    assertEquals(2, bitmap.get(ValueLayout.JAVA_LONG, 8));
    assertEquals(0, log.fetch(block, bitmap));
  }

  @Test
  void shouldNotStartAfterItWasGivenAway() throws Exception {
    SimulatedMachine machine = new SimulatedMachine("m", List.of(), DirtyLog.PAGE_SIZE);
    machine.stop(RunState.POSTMIGRATE);
    assertThrows(MachineException.class, machine::start);
    assertThrows(MachineException.class, () -> machine.stop(RunState.PAUSED));
  }
}
