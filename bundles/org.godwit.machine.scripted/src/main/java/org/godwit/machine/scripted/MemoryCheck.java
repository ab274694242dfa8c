package org.godwit.machine.scripted;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.PageContent;

/** Compares every page of a block with what the program must have written. */
final class MemoryCheck {
  private static final int WORDS = DirtyLog.PAGE_SIZE / Long.BYTES;

  private final MappedBlock block;
  private final MemorySegment memory;
  private long wrong;
  private Optional<String> difference = Optional.empty();

  MemoryCheck(MappedBlock block) throws MachineException {
    this.block = block;
    this.memory = block.whole("check memory");
  }

  MemoryProof run(Program program) {
    int pages = (int) (block.length() / DirtyLog.PAGE_SIZE);
    Program.PageRounds rounds = program.lastRounds(pages);
    for (int page = 0; page < pages; page++) {
      long round = rounds.of(page);
      if (round == Program.PageRounds.NEVER) {
        checkZero(page);
      } else {
        checkWritten(page, round, program.plan());
      }
    }
    return new MemoryProof(pages, wrong, program.rounds(), difference);
  }

  private void checkZero(int page) {
    if (!PageContent.zero(memory, offset(page))) {
      wrong(page, 0, "is not zero, the program never wrote it");
    }
  }

  private void checkWritten(int page, long round, Plan plan) {
    long first = PageContent.first(plan.key(round), page);
    int word = PageContent.compare(memory, offset(page), first, 0, WORDS);
    if (word < WORDS) {
      long right = first + word * PageContent.STEP;
      long found = PageContent.word(memory, offset(page), word);
      wrong(page, word, "is %016x, round %d wrote %016x".formatted(found, round, right));
    }
  }

  private void wrong(int page, int word, String what) {
    wrong++;
    if (difference.isEmpty()) {
      long at = offset(page) + word * 8L;
      difference = Optional.of("Block %s offset 0x%x %s".formatted(block.name(), at, what));
    }
  }

  private static long offset(int page) {
    return (long) page * DirtyLog.PAGE_SIZE;
  }
}
