package org.godwit.api.userfault;

/** The kernel refused a userfault operation; the message tells address, length and errno name. */
public final class UserfaultException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the error.
   *
   * @param message operation, values, errno name
   */
  public UserfaultException(String message) {
    super(message);
  }

  /**
   * Creates the error with its cause.
   *
   * @param message operation and values
   * @param cause what the platform said
   */
  public UserfaultException(String message, Throwable cause) {
    super(message, cause);
  }
}
