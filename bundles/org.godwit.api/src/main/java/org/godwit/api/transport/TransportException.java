package org.godwit.api.transport;

import java.io.IOException;

/** A channel cannot be made, or broke; the message is a sentence with the endpoint in it. */
public final class TransportException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure. */
  public enum Reason {
    /** The address is malformed or not allowed; nothing was tried. */
    BAD_ADDRESS,
    /** Host name unknown. */
    UNKNOWN_HOST,
    /** Nobody listens there. */
    REFUSED,
    /** Address in use, or file exists. */
    IN_USE,
    /** Took longer than the options allow. */
    TIMEOUT,
    /** The peer ended the connection. */
    PEER_GONE,
    /** This side ended it ({@link Channel#abort}). */
    ABORTED,
    /** Certificates or handshake. */
    SECURITY,
    /** No space is left for what is written, so nobody can read it whole. */
    NO_SPACE,
    /** The host under this side: no permission, no descriptors, input or output error. */
    ENVIRONMENT
  }

  private final Reason reason;

  /**
   * Creates the error.
   *
   * @param reason kind of failure
   * @param message what was tried, on which endpoint, and why it failed
   */
  public TransportException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /**
   * Creates the error with its cause.
   *
   * @param reason kind of failure
   * @param message what was tried, on which endpoint; does not repeat the cause
   * @param cause what the platform said
   */
  public TransportException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /**
   * Kind of failure.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
