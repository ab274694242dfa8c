package org.godwit.launcher;

import org.jspecify.annotations.Nullable;

/** Exit statuses of the program; a command may return others of its own. */
final class ExitStatus {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  private ExitStatus() {}

  /**
   * The status that the result of a command or script stands for.
   *
   * @param result what gogo returned; only an {@code Integer} is a status, for gogo's own numbers
   *     are longs
   */
  static int of(@Nullable Object result) {
    return result instanceof Integer status ? status : OK;
  }
}
