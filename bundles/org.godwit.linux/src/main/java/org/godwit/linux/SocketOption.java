package org.godwit.linux;

/** The options of a socket that migrations use, with the kernel's level and number. */
public enum SocketOption {
  /** Listen on a port that old connections still linger on ({@code SO_REUSEADDR}); 0 or 1. */
  REUSE_ADDRESS(1, 2),
  /** Bytes of the send buffer; the kernel doubles what it is given ({@code SO_SNDBUF}). */
  SEND_BUFFER(1, 7),
  /** Bytes of the receive buffer; doubled likewise ({@code SO_RCVBUF}). */
  RECEIVE_BUFFER(1, 8),
  /** Probe a silent peer ({@code SO_KEEPALIVE}); 0 or 1. */
  KEEP_ALIVE(1, 9),
  /** Number of the process at the other end of a UNIX connection ({@code SO_PEERCRED}); read. */
  PEER_PROCESS(1, 17),
  /** Send small writes at once ({@code TCP_NODELAY}); 0 or 1. */
  NO_DELAY(6, 1),
  /**
   * Acknowledge at once what comes ({@code TCP_QUICKACK}); 0 or 1. The kernel takes it back when it
   * likes.
   */
  QUICK_ACKNOWLEDGE(6, 12),
  /** IPv6 sockets take IPv6 only ({@code IPV6_V6ONLY}); 0 or 1. */
  V6_ONLY(41, 26);

  final int level;
  final int number;

  SocketOption(int level, int number) {
    this.level = level;
    this.number = number;
  }
}
