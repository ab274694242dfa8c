package org.godwit.api.machine;

/** A machine, or the platform under it, cannot do what was asked; the message is a sentence. */
public class MachineException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the error.
   *
   * @param message what could not be done, with values
   */
  public MachineException(String message) {
    super(message);
  }

  /**
   * Creates the error with its cause.
   *
   * @param message what could not be done, with values; does not repeat the cause
   * @param cause what the platform said
   */
  public MachineException(String message, Throwable cause) {
    super(message, cause);
  }
}
