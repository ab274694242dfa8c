package org.godwit.linux;

/** An operation ended because another thread aborted or closed the descriptor. */
public final class LinuxAbortedException extends LinuxException {
  private static final long serialVersionUID = 1L;

  LinuxAbortedException(String operation, boolean closed) {
    super(operation, 0, closed ? "the descriptor is closed" : "aborted");
  }
}
