package org.godwit.linux;

import java.util.Map;

/** Error numbers of Linux (the generic table, shared by x86-64, aarch64 and riscv64). */
public final class Errno {
  /** Operation not permitted. */
  public static final int EPERM = 1;

  /** No such process. */
  public static final int ESRCH = 3;

  /** No such file or directory. */
  public static final int ENOENT = 2;

  /** Interrupted by a signal. */
  public static final int EINTR = 4;

  /** Bad descriptor. */
  public static final int EBADF = 9;

  /** The operation would block. */
  public static final int EAGAIN = 11;

  /** Out of memory. */
  public static final int ENOMEM = 12;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** Bad address. */
  public static final int EFAULT = 14;

  /** Device or resource busy. */
  public static final int EBUSY = 16;

  /** Exists already. */
  public static final int EEXIST = 17;

  /** Invalid argument. */
  public static final int EINVAL = 22;

  /** Inappropriate ioctl for the device. */
  public static final int ENOTTY = 25;

  /** No space left on the device. */
  public static final int ENOSPC = 28;

  /** Broken pipe. */
  public static final int EPIPE = 32;

  /** Not implemented by this kernel. */
  public static final int ENOSYS = 38;

  /** Not a socket. */
  public static final int ENOTSOCK = 88;

  /** Not supported. */
  public static final int EOPNOTSUPP = 95;

  /** No data at or behind the offset ({@code SEEK_DATA}). */
  public static final int ENXIO = 6;

  /** Address in use. */
  public static final int EADDRINUSE = 98;

  /** Connection reset by the peer. */
  public static final int ECONNRESET = 104;

  /** Not connected. */
  public static final int ENOTCONN = 107;

  /** Connection refused. */
  public static final int ECONNREFUSED = 111;

  /** Connection being set up. */
  public static final int EINPROGRESS = 115;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM (operation not permitted)"),
          Map.entry(ENOENT, "ENOENT (no such file or directory)"),
          Map.entry(ESRCH, "ESRCH (no such process)"),
          Map.entry(EINTR, "EINTR (interrupted by a signal)"),
          Map.entry(5, "EIO (input/output error)"),
          Map.entry(ENXIO, "ENXIO (no such device or address)"),
          Map.entry(7, "E2BIG (argument list too long)"),
          Map.entry(EBADF, "EBADF (bad descriptor)"),
          Map.entry(EAGAIN, "EAGAIN (would block)"),
          Map.entry(ENOMEM, "ENOMEM (out of memory)"),
          Map.entry(EACCES, "EACCES (permission denied)"),
          Map.entry(EFAULT, "EFAULT (bad address)"),
          Map.entry(EBUSY, "EBUSY (device or resource busy)"),
          Map.entry(EEXIST, "EEXIST (exists already)"),
          Map.entry(19, "ENODEV (no such device)"),
          Map.entry(20, "ENOTDIR (not a directory)"),
          Map.entry(21, "EISDIR (is a directory)"),
          Map.entry(EINVAL, "EINVAL (invalid argument)"),
          Map.entry(23, "ENFILE (too many open files in the system)"),
          Map.entry(24, "EMFILE (too many open files)"),
          Map.entry(ENOTTY, "ENOTTY (the device has no such ioctl)"),
          Map.entry(27, "EFBIG (file too large)"),
          Map.entry(ENOSPC, "ENOSPC (no space left on the device)"),
          Map.entry(29, "ESPIPE (not seekable)"),
          Map.entry(30, "EROFS (read-only file system)"),
          Map.entry(EPIPE, "EPIPE (broken pipe)"),
          Map.entry(36, "ENAMETOOLONG (name too long)"),
          Map.entry(ENOSYS, "ENOSYS (not implemented by this kernel)"),
          Map.entry(ENOTSOCK, "ENOTSOCK (not a socket)"),
          Map.entry(EOPNOTSUPP, "EOPNOTSUPP (not supported)"),
          Map.entry(97, "EAFNOSUPPORT (address family not supported)"),
          Map.entry(EADDRINUSE, "EADDRINUSE (address in use)"),
          Map.entry(99, "EADDRNOTAVAIL (address not available)"),
          Map.entry(100, "ENETDOWN (network is down)"),
          Map.entry(101, "ENETUNREACH (network unreachable)"),
          Map.entry(103, "ECONNABORTED (connection aborted)"),
          Map.entry(ECONNRESET, "ECONNRESET (connection reset by the peer)"),
          Map.entry(ENOTCONN, "ENOTCONN (not connected)"),
          Map.entry(110, "ETIMEDOUT (timed out)"),
          Map.entry(ECONNREFUSED, "ECONNREFUSED (connection refused)"),
          Map.entry(113, "EHOSTUNREACH (no route to the host)"),
          Map.entry(EINPROGRESS, "EINPROGRESS (in progress)"));

  private Errno() {}

  /**
   * The symbolic name with a short meaning.
   *
   * @param errno a positive error number
   * @return for instance {@code ENOSPC (no space left on the device)}, or {@code errno 200}
   */
  public static String describe(int errno) {
    return NAMES.getOrDefault(errno, "errno " + errno);
  }
}
