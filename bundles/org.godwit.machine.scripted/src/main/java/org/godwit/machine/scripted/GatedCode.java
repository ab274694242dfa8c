package org.godwit.machine.scripted;

import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.machine.mapped.MappedBlock;

/**
 * Program code that waits, in Java, for each page that it is going to write, while pages can be
 * absent that no kernel traps. At all other times the code under it runs as it is.
 *
 * <p>Stateless; each {@link Control} belongs to one thread at a time.
 */
final class GatedCode implements ProgramCode {
  private static final long PAGE = DirtyLog.PAGE_SIZE;

  private final ProgramCode code;
  private final MappedBlock block;

  GatedCode(ProgramCode code, MappedBlock block) {
    this.code = code;
    this.block = block;
  }

  /**
   * As {@link ProgramCode#run}. Where a page never comes, or the thread is interrupted, it returns
   * before that page.
   */
  @Override
  public void run(Control control) {
    long budget = control.budget();
    while (block.gated() && budget > 0 && control.left() > 0 && await(control)) {
      control.budget(1);
      code.run(control);
      budget -= 1 - control.budget();
    }
    control.budget(budget);
    if (!block.gated()) {
      code.run(control);
    }
  }

  /** False if the page must not be touched. */
  private boolean await(Control control) {
    try {
      block.awaitPages((control.first() + control.position()) * PAGE, PAGE, true);
      return !control.stopped();
    } catch (MachineException interruptedOrGivenUp) {
      control.stop(true);
      return false;
    }
  }

  @Override
  public void close() {
    code.close();
  }
}
