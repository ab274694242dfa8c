package org.godwit.api.savestate;

/**
 * What a live state still has to send.
 *
 * @param mustPrecopy bytes that must be sent before the guest can run at the destination
 * @param canPostcopy bytes that may be sent after that
 */
public record PendingBytes(long mustPrecopy, long canPostcopy) {
  /** Nothing. */
  public static final PendingBytes NONE = new PendingBytes(0, 0);

  /**
   * All of it.
   *
   * @return bytes
   */
  public long total() {
    return mustPrecopy + canPostcopy;
  }

  /**
   * Sum of two states.
   *
   * @param other the other one
   * @return both
   */
  public PendingBytes plus(PendingBytes other) {
    return new PendingBytes(mustPrecopy + other.mustPrecopy, canPostcopy + other.canPostcopy);
  }
}
