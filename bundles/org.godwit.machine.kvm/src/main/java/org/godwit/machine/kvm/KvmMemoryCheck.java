package org.godwit.machine.kvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.savestate.StateValues;
import org.godwit.linux.KvmVcpu;
import org.godwit.linux.LinuxException;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.PageContent;
import org.godwit.machine.mapped.Walk;

/**
 * Compares every page of RAM with what the built-in program must have written, computed from the
 * plan and the vCPUs' registers. The page that a vCPU is in the middle of must have exactly the
 * words that its registers tell.
 */
final class KvmMemoryCheck {
  private static final int WORDS = DirtyLog.PAGE_SIZE / Long.BYTES;

  private final MappedBlock block;
  private final MemorySegment memory;
  private final KvmPlan plan;
  private final List<KvmVcpu> vcpus;
  private long wrong;
  private Optional<String> difference = Optional.empty();

  KvmMemoryCheck(MappedBlock block, KvmPlan plan, List<KvmVcpu> vcpus) throws MachineException {
    this.block = block;
    this.memory = block.whole("check memory");
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
      checkWords(page, 0, 0, WORDS);
    }
    long pages = block.length() / DirtyLog.PAGE_SIZE;
    for (long page = filledEnd; page < pages; page++) {
      if (!PageContent.zero(memory, page * DirtyLog.PAGE_SIZE)) {
        wrong(page, "is not zero, the program never wrote it");
      }
    }
    return new MemoryProof(pages, wrong, rounds, difference);
  }

  /** Code and page tables, as they were made. */
  private void checkBootPages() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment made = arena.allocate(KvmPlan.FIRST_PAGE * DirtyLog.PAGE_SIZE, Long.BYTES);
      BootImage.write(made, block.length());
      for (long page = 0; page < KvmPlan.FIRST_PAGE; page++) {
        long at = page * DirtyLog.PAGE_SIZE;
        long end = at + DirtyLog.PAGE_SIZE;
        if (MemorySegment.mismatch(memory, at, end, made, at, end) >= 0) {
          wrong(page, "is not the code or the page table that it was made as");
        }
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
        checkWords(first + page, round + 1, 0, partial);
        checkWords(first + page, round, partial, WORDS);
      } else {
        checkWords(first + page, turn < done ? round + 1 : round, 0, WORDS);
      }
    }
    return round;
  }

  private void checkWords(long page, long round, int from, int to) {
    long at = page * DirtyLog.PAGE_SIZE;
    long first = PageContent.first(plan.key(round), page);
    int word = PageContent.compare(memory, at, first, from, to);
    if (word < to) {
      wrong(
          page,
          "word %d is %016x, round %d wrote %016x"
              .formatted(
                  word,
                  PageContent.word(memory, at, word),
                  round,
                  first + word * PageContent.STEP));
    }
  }

  private void wrong(long page, String what) {
    wrong++;
    if (difference.isEmpty()) {
      long at = page * DirtyLog.PAGE_SIZE;
      difference = Optional.of("Block %s offset 0x%x %s".formatted(block.name(), at, what));
    }
  }
}
