package org.godwit.tck;

/**
 * What goes wrong on a channel, and where.
 *
 * @param kind what happens
 * @param direction which way the bytes flow, seen from the wrapped channel
 * @param atByte how many bytes of that direction pass unharmed
 */
public record FaultPoint(Kind kind, Direction direction, long atByte) {

  /** What happens at the byte. */
  public enum Kind {
    /** The connection breaks, for both ends. */
    CUT,
    /** Nothing moves until {@link FaultyTransport#release()}, an abort, or the timeout. */
    STALL,
    /** The byte arrives with all bits inverted; everything else is unharmed. */
    CORRUPT,
    /** The direction ends in order, as if the writer had said so. */
    END
  }

  /** Which way. */
  public enum Direction {
    /** What the wrapped channel writes. */
    WRITTEN,
    /** What the wrapped channel reads. */
    READ
  }

  /** Checks the position. */
  public FaultPoint {
    if (atByte < 0) {
      throw new IllegalArgumentException("Byte " + atByte + " is before the begin of the stream");
    }
  }

  /**
   * Breaks the connection.
   *
   * @param direction which way
   * @param atByte first byte that does not pass
   * @return the fault
   */
  public static FaultPoint cut(Direction direction, long atByte) {
    return new FaultPoint(Kind.CUT, direction, atByte);
  }

  /**
   * Holds everything back.
   *
   * @param direction which way
   * @param atByte first byte that does not pass
   * @return the fault
   */
  public static FaultPoint stall(Direction direction, long atByte) {
    return new FaultPoint(Kind.STALL, direction, atByte);
  }

  /**
   * Damages one byte.
   *
   * @param direction which way
   * @param atByte the byte
   * @return the fault
   */
  public static FaultPoint corrupt(Direction direction, long atByte) {
    return new FaultPoint(Kind.CORRUPT, direction, atByte);
  }

  /**
   * Ends a direction early but in order.
   *
   * @param direction which way
   * @param atByte first byte that does not pass
   * @return the fault
   */
  public static FaultPoint end(Direction direction, long atByte) {
    return new FaultPoint(Kind.END, direction, atByte);
  }
}
