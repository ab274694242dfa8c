package org.godwit.linux;

import java.io.IOException;

/** A system call failed, with its name, the error number and the values it was called with. */
public class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String operation;
  private final int errno;

  /**
   * Describes a failed system call.
   *
   * @param operation the call and what it was called with, such as {@code connect 127.0.0.1:4444}
   * @param errno the positive error number; 0 where the failure is Godwit's own, such as a timeout
   * @param reason the failure in words
   */
  protected LinuxException(String operation, int errno, String reason) {
    super(operation + ": " + reason);
    this.operation = operation;
    this.errno = errno;
  }

  /**
   * Makes the exception of a failed call.
   *
   * @param operation the call and what it was called with
   * @param errno the error number; the sign does not matter
   * @return an exception with the number's name in its message
   */
  public static LinuxException of(String operation, long errno) {
    int positive = Math.abs((int) errno);
    return new LinuxException(operation, positive, Errno.describe(positive));
  }

  /**
   * The call and the values it was called with.
   *
   * @return text that begins with the name of the system call
   */
  public String operation() {
    return operation;
  }

  /**
   * The error number.
   *
   * @return a constant of {@link Errno}, or 0 where no system call failed
   */
  public int errno() {
    return errno;
  }

  /** Passes a non-negative result on; anything else becomes an exception. */
  static long check(String operation, long result) throws LinuxException {
    if (result < 0) {
      throw of(operation, result);
    }
    return result;
  }
}
