package org.godwit.launcher;

import org.jspecify.annotations.Nullable;

/** Thrown by {@code exit} inside a script, to leave all of gogo's nested evaluations at once. */
final class ScriptExit extends RuntimeException {
  private final int status;

  ScriptExit(int status) {
    super("exit " + status, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }

  /** The exit that a fault stands for, found in its causes, or null if it is a fault indeed. */
  static @Nullable ScriptExit in(Throwable fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof ScriptExit exit) {
        return exit;
      }
    }
    return null;
  }
}
