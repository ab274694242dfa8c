package org.godwit.machine.kvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.savestate.StateValues;
import org.godwit.linux.KvmVcpu;
import org.godwit.linux.LinuxException;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.PageCheck;
import org.godwit.machine.mapped.Walk;

/**
 * Compares every page of RAM with what the built-in program must have written, computed from the
 * plan and the vCPUs' registers. The page that a vCPU is in the middle of must have exactly the
 * words that its registers tell.
 */
final class KvmMemoryCheck {
  private final MappedBlock block;
  private final PageCheck pages;
  private final KvmPlan plan;
  private final List<KvmVcpu> vcpus;

  KvmMemoryCheck(MappedBlock block, KvmPlan plan, List<KvmVcpu> vcpus, WorkListener listener)
      throws MachineException {
    this.block = block;
    this.pages = new PageCheck(block, listener);
    this.plan = plan;
    this.vcpus = vcpus;
  }

  MemoryProof run() throws MachineException, LinuxException {
    if (!plan.known()) {
      throw new MachineException("The guest does not run the built-in program: nothing to check");
    }
    checkBootPages();
    long rounds = Long.MAX_VALUE;
    for (int number = 0; number < vcpus.size(); number++) {
      rounds = Math.min(rounds, checkShare(number, registers(vcpus.get(number))));
    }
    long filledEnd = KvmPlan.FIRST_PAGE + plan.filledPages();
    for (long page = KvmPlan.FIRST_PAGE + plan.workingPages(); page < filledEnd; page++) {
      pages.written(page, 0, plan.key(0));
    }
    for (long page = filledEnd; page < block.length() / DirtyLog.PAGE_SIZE; page++) {
      pages.untouched(page);
    }
    return pages.proof(rounds);
  }

  /** Code and page tables, as they were made. */
  private void checkBootPages() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(KvmPlan.FIRST_PAGE * DirtyLog.PAGE_SIZE, Long.BYTES);
      BootImage.write(made, block.length());
      for (long page = 0; page < KvmPlan.FIRST_PAGE; page++) {
        pages.same(page, made, "is not the code or the page table that it was made as");
      }
    }
  }

  private static StateValues registers(KvmVcpu vcpu) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment regs = arena.allocate(KvmVcpu.Part.REGS.bytes(), Long.BYTES);
      vcpu.get(KvmVcpu.Part.REGS, regs);
      return VcpuTables.REGS.read(regs);
    }
  }

  /** Checks one vCPU's share and returns its complete rounds. */
  private long checkShare(int number, StateValues registers) {
    Walk walk = plan.walk(number);
    long first = KvmPlan.FIRST_PAGE + plan.shareBegin(number);
    long round = registers.number("r11") / walk.pages();
    long done = registers.number("r11") % walk.pages();
    int partial = PageProgram.wordsWritten(registers.number("rip"), registers.number("rcx"));
    for (long page = 0; page < walk.pages(); page++) {
      long turn = walk.turn(page, 0);
      if (turn == done) {
        pages.partial(first + page, partial, round, plan.key(round), plan.key(round + 1));
      } else {
        long last = turn < done ? round + 1 : round;
        pages.written(first + page, last, plan.key(last));
      }
    }
    return round;
  }
}
