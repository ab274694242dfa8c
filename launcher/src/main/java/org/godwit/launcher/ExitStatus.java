package org.godwit.launcher;

import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Exit statuses of the program; a command may return others of its own. */
final class ExitStatus {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  private ExitStatus() {}

  /** What gogo throws at a text that it does not understand; its types are another bundle's. */
  private static final Set<String> NOT_UNDERSTOOD =
      Set.of("CommandNotFoundException", "SyntaxError", "EOFError");

  /**
   * The status that a fault of a script stands for: that of the command that failed, if it has one
   * to tell, {@link #USAGE} where there is no such command or the text is no script.
   */
  static int of(Throwable fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof IntSupplier status) {
        return status.getAsInt();
      }
      if (NOT_UNDERSTOOD.contains(cause.getClass().getSimpleName())) {
        return USAGE;
      }
    }
    return FAILED;
  }

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
