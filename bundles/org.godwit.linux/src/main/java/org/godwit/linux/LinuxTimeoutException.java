package org.godwit.linux;

import java.time.Duration;

/** An operation on a descriptor did not finish within its timeout. */
public final class LinuxTimeoutException extends LinuxException {
  private static final long serialVersionUID = 1L;

  LinuxTimeoutException(String operation, Duration timeout) {
    super(operation, 0, "timed out after " + timeout.toMillis() + " ms");
  }
}
