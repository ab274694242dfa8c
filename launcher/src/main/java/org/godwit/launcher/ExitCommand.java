package org.godwit.launcher;

import java.util.function.IntConsumer;

/**
 * The command {@code exit [STATUS]}. Public for gogo, which calls it by reflection on the thread of
 * the session that wants to leave.
 */
public final class ExitCommand {
  private final IntConsumer leave;

  ExitCommand(IntConsumer leave) {
    this.leave = leave;
  }

  /** Leaves with status 0. */
  public void exit() {
    leave.accept(ExitStatus.OK);
  }

  /**
   * Leaves.
   *
   * @param status exit status of the program, 0 to 255
   */
  public void exit(int status) {
    leave.accept(status);
  }
}
