package org.godwit.api.migration;

/** A migration cannot be started or has failed: who is at fault, and where the guest is now. */
public final class MigrationException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Who has to change something. */
  public enum Fault {
    /** The request: a wrong name, value or combination. Nothing was touched. */
    REQUEST,
    /** This side: its own machine or code. */
    LOCAL,
    /** The peer sent what it must not send, or refused. */
    PEER,
    /** The link between them. */
    LINK,
    /** The host under this side: memory, disk. */
    ENVIRONMENT
  }

  private final Fault fault;
  private final GuestLocation guest;

  /**
   * Creates the error.
   *
   * @param fault who is at fault
   * @param guest where the guest is now
   * @param message what went wrong, in which phase, with values
   */
  public MigrationException(Fault fault, GuestLocation guest, String message) {
    super(message);
    this.fault = fault;
    this.guest = guest;
  }

  /**
   * Creates the error with its cause.
   *
   * @param fault who is at fault
   * @param guest where the guest is now
   * @param message what went wrong, in which phase; does not repeat the cause
   * @param cause what was behind it
   */
  public MigrationException(Fault fault, GuestLocation guest, String message, Throwable cause) {
    super(message, cause);
    this.fault = fault;
    this.guest = guest;
  }

  /**
   * Who is at fault.
   *
   * @return the party that has to change something
   */
  public Fault fault() {
    return fault;
  }

  /**
   * Where the guest is now.
   *
   * @return location
   */
  public GuestLocation guest() {
    return guest;
  }
}
