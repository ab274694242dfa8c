package org.godwit.shell.command;

import java.util.function.IntSupplier;

/**
 * A command did not do what was asked; the message is one clear sentence and needs no stack trace.
 * As a supplier it gives the exit status: the launcher, which ends a script with it, sees no type
 * of this bundle.
 */
public final class CommandFailure extends Exception implements IntSupplier {
  private static final long serialVersionUID = 1L;

  /** Exit status of a command that was understood but failed. */
  public static final int FAILED = 1;

  /** Exit status of a command that was not understood. */
  public static final int USAGE = 2;

  private final int status;

  /** A failure with status {@link #FAILED}. */
  public CommandFailure(String sentence) {
    this(FAILED, sentence);
  }

  /** A failure with a status of its own. */
  public CommandFailure(int status, String sentence) {
    super(sentence, null, false, false);
    this.status = status;
  }

  /** Exit status of the program. */
  public int status() {
    return status;
  }

  @Override
  public int getAsInt() {
    return status;
  }

  /** The sentence alone, which is what gogo's shell shows. */
  @Override
  @SuppressWarnings("OverrideThrowableToString") // the class name says nothing to a user
  public String toString() {
    return String.valueOf(getMessage());
  }
}
