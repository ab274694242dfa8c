package org.godwit.machine.qemu;

import java.time.Duration;

/** QEMU did not answer in time. A late answer is dropped; the connection goes on. */
public final class QmpTimeoutException extends QmpException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the error.
   *
   * @param what what was waited for
   * @param limit how long
   */
  public QmpTimeoutException(String what, Duration limit) {
    super("QEMU gave no " + what + " within " + limit.toMillis() + " ms");
  }
}
