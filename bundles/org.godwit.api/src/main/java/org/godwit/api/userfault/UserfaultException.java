package org.godwit.api.userfault;

/** The kernel refused a userfault operation; the message tells address, length and errno name. */
public final class UserfaultException extends Exception {
  private static final long serialVersionUID = 2L;

  private final long placed;

  /**
   * Creates the error.
   *
   * @param message operation, values, errno name
   */
  public UserfaultException(String message) {
    super(message);
    this.placed = 0;
  }

  /**
   * Creates the error with its cause.
   *
   * @param message operation and values
   * @param cause what the platform said
   */
  public UserfaultException(String message, Throwable cause) {
    this(message, cause, 0);
  }

  /**
   * Creates the error of a placing that ended half way.
   *
   * @param message operation, values, errno name
   * @param cause what the platform said
   * @param placed see {@link #placed()}
   */
  public UserfaultException(String message, Throwable cause, long placed) {
    super(message, cause);
    this.placed = placed;
  }

  /**
   * How much of a range was placed before the kernel refused the rest.
   *
   * @return bytes from the beginning of the range, whole pages; 0 if nothing was placed, or the
   *     operation was another one
   */
  public long placed() {
    return placed;
  }
}
