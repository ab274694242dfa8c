package org.godwit.machine.qemu;

import java.io.IOException;

/** A QMP command did not give a result; the subclasses tell why. */
public sealed class QmpException extends IOException
    permits QmpErrorException, QmpTimeoutException, QmpClosedException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the error.
   *
   * @param message a sentence
   * @param cause what was behind it
   */
  QmpException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Creates the error.
   *
   * @param message a sentence
   */
  QmpException(String message) {
    super(message);
  }
}
