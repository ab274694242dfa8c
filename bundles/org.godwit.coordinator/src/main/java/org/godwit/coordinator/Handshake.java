package org.godwit.coordinator;

/**
 * What two Godwit nodes say to each other inside a stream that QEMU understands too: PING values. A
 * QEMU destination answers each PING with the same PONG and thinks nothing of it.
 *
 * <pre>
 * source                                     destination
 * OPEN_RETURN_PATH, PING 1                   PONG 1
 * PING HELLO, four PINGs with the seal       PONG KNOWN (Godwit only), PONG HELLO; remembers the
 *                                            seal of the ticket
 * …, FULL sections                           loads
 * PING LOADED (to others than Godwit)        PONG LOADED
 * EOF, vmdescription                         commits the machine, stopped; SHUT 0
 * PING COMMIT (to Godwit, after SHUT 0)      starts the guest; PONG COMMIT, or PONG STOPPED if the
 *                                            guest does not start
 * PING HEARD (to Godwit)                     needs no other connection any more
 * </pre>
 *
 * <p>If the link breaks after SHUT 0, on a new connection:
 *
 * <pre>
 *                                            PONG KNOWN, before it is asked
 * file header, OPEN_RETURN_PATH, PING AGAIN,
 * four PINGs with the ticket, PING COMMIT    starts the guest if it did not yet; PONG COMMIT,
 *                                            or PONG STOPPED
 * PING HEARD
 * </pre>
 */
final class Handshake {
  /** QEMU's own first PING. */
  static final long FIRST = 1;

  /** QEMU's PING behind the last DISCARD. */
  static final long DISCARDED = 2;

  /** QEMU's PING inside the package: its PONG tells that the devices were loaded, RUN is next. */
  static final long PACKAGE = 3;

  /** QEMU's PING behind the package. */
  static final long BEHIND_PACKAGE = 4;

  /** Asks who is there: "GODW". */
  static final long HELLO = 0x474F_4457L;

  /** A Godwit destination is there: "GODK". Comes before the PONG of {@link #HELLO}. */
  static final long KNOWN = 0x474F_444BL;

  /** Everything before it was loaded: "GODL". */
  static final long LOADED = 0x474F_444CL;

  /** The source has given the guest away: "GODC". */
  static final long COMMIT = 0x474F_4443L;

  /** The destination has taken the guest, but it does not start: "GODS". */
  static final long STOPPED = 0x474F_4453L;

  /** The source knows that the destination has taken the guest: "GODH". */
  static final long HEARD = 0x474F_4448L;

  /** Begins a connection that delivers a COMMIT again: "GODR". */
  static final long AGAIN = 0x474F_4452L;

  /**
   * The first of 256 values behind pages whose memory the source wants to release: "GOM" and a
   * number. Its PONG tells that all that was sent before has arrived.
   */
  static final long MARK = 0x474F_4D00L;

  /**
   * The first of 256 values between background pages: "GOQ" and a number. Its PONG tells how long
   * the way through all queues is.
   */
  static final long QUEUE = 0x474F_5100L;

  private static final long MARK_BITS = 0xFF;

  private Handshake() {}

  static boolean isQueue(long value) {
    return (value & ~MARK_BITS) == QUEUE;
  }

  static long nextQueue(long value) {
    return QUEUE | ((value + 1) & MARK_BITS);
  }

  static boolean isMark(long value) {
    return (value & ~MARK_BITS) == MARK;
  }

  static long nextMark(long mark) {
    return MARK | ((mark + 1) & MARK_BITS);
  }
}
