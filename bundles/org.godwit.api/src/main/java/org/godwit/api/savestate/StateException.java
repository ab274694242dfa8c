package org.godwit.api.savestate;

/** State cannot be saved, or what was received cannot be loaded; the message is a sentence. */
public final class StateException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Who has to change something. */
  public enum Fault {
    /** This side: its own machine or code. */
    LOCAL,
    /** The peer sent what it must not send. */
    PEER,
    /** The host under this side: memory, disk. */
    ENVIRONMENT
  }

  private final Fault fault;

  /**
   * Creates the error.
   *
   * @param fault who is at fault
   * @param message what went wrong, with values
   */
  public StateException(Fault fault, String message) {
    super(message);
    this.fault = fault;
  }

  /**
   * Creates the error with its cause.
   *
   * @param fault who is at fault
   * @param message what went wrong, with values; does not repeat the cause
   * @param cause what was behind it
   */
  public StateException(Fault fault, String message, Throwable cause) {
    super(message, cause);
    this.fault = fault;
  }

  /**
   * Who is at fault.
   *
   * @return the party that has to change something
   */
  public Fault fault() {
    return fault;
  }
}
