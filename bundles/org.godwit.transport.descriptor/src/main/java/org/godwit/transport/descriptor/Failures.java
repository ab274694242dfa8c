package org.godwit.transport.descriptor;

import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.linux.Errno;
import org.godwit.linux.LinuxAbortedException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.LinuxTimeoutException;

/** Turns what the kernel says into the reasons and sentences of transports. */
public final class Failures {
  private static final int ENOTDIR = 20;
  private static final int EFBIG = 27;
  private static final int EDQUOT = 122;
  private static final int EADDRNOTAVAIL = 99;
  private static final int ECONNABORTED = 103;
  private static final int ETIMEDOUT = 110;

  private Failures() {}

  /**
   * A failure of a connection that was open: whatever broke it, what was written before may have
   * arrived, so that an error nobody thought of is never taken for one that harms only this side.
   *
   * @param doing what was tried, such as {@code write to tcp:127.0.0.1:4444}
   * @param e what the kernel said
   * @return the exception to throw
   */
  public static TransportException lost(String doing, LinuxException e) {
    TransportException failure = broken(doing, e);
    boolean local = failure.reason() == Reason.ENVIRONMENT || failure.reason() == Reason.NO_SPACE;
    return local
        ? new TransportException(Reason.PEER_GONE, "The connection broke: cannot " + doing, e)
        : failure;
  }

  /**
   * A failure of reading or writing a file, or of a socket before it is connected.
   *
   * @param doing what was tried, such as {@code write to tcp:127.0.0.1:4444}
   * @param e what the kernel said
   * @return the exception to throw
   */
  public static TransportException broken(String doing, LinuxException e) {
    if (e instanceof LinuxTimeoutException) {
      String sentence = "No progress within the input/output timeout: cannot " + doing;
      return new TransportException(Reason.TIMEOUT, sentence, e);
    }
    return switch (e.errno()) {
      case Errno.EPIPE, Errno.ECONNRESET, Errno.ENOTCONN, ECONNABORTED, ETIMEDOUT ->
          new TransportException(Reason.PEER_GONE, "The peer is gone: cannot " + doing, e);
      case Errno.ENOSPC, EDQUOT, EFBIG ->
          new TransportException(Reason.NO_SPACE, "No space left: cannot " + doing, e);
      default -> other(doing, e);
    };
  }

  /**
   * A failure of connecting or opening.
   *
   * @param doing what was tried, such as {@code connect to tcp:127.0.0.1:4444}
   * @param e what the kernel said
   * @return the exception to throw
   */
  public static TransportException notOpened(String doing, LinuxException e) {
    if (e instanceof LinuxTimeoutException || e.errno() == ETIMEDOUT) {
      return new TransportException(Reason.TIMEOUT, "No answer in time: cannot " + doing, e);
    }
    return switch (e.errno()) {
      case Errno.ECONNREFUSED, Errno.ENOENT, ENOTDIR, Errno.ECONNRESET ->
          new TransportException(Reason.REFUSED, "Nobody listens there: cannot " + doing, e);
      case Errno.EADDRINUSE, Errno.EEXIST ->
          new TransportException(Reason.IN_USE, "The address is in use: cannot " + doing, e);
      case EADDRNOTAVAIL ->
          new TransportException(
              Reason.BAD_ADDRESS, "The address is none of this host: cannot " + doing, e);
      default -> other(doing, e);
    };
  }

  private static TransportException other(String doing, LinuxException e) {
    Reason reason = e instanceof LinuxAbortedException ? Reason.ABORTED : Reason.ENVIRONMENT;
    return new TransportException(reason, "Cannot " + doing, e);
  }
}
