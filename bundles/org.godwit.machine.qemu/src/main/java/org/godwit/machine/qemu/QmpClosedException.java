package org.godwit.machine.qemu;

/** The connection to QEMU is gone: closed here, or QEMU ended. */
public final class QmpClosedException extends QmpException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the error.
   *
   * @param message what cannot be done any more
   * @param cause why the connection ended
   */
  public QmpClosedException(String message, Throwable cause) {
    super(message, cause);
  }
}
