package org.godwit.machine.scripted;

import org.godwit.api.machine.MemoryProof;
import org.godwit.machine.mapped.PageCheck;

/** Compares every page of a block with what the program must have written. */
final class MemoryCheck {
  private MemoryCheck() {}

  static MemoryProof run(PageCheck check, Program program, int pages) {
    Program.PageRounds rounds = program.lastRounds(pages);
    for (int page = 0; page < pages; page++) {
      long round = rounds.of(page);
      if (round == Program.PageRounds.NEVER) {
        check.untouched(page);
      } else {
        check.written(page, round, program.plan().key(round));
      }
    }
    return check.proof(program.rounds());
  }
}
