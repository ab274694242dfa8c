package org.godwit.api.migration;

import java.time.Duration;

/**
 * Parts of the time in which the guest did not run, as the source saw them.
 *
 * @param stop stopping the guest
 * @param finalPass last bitmap sync and RAM pages
 * @param deviceState saving and sending device state
 * @param handover from the last byte sent to the proof that the destination has the guest
 */
public record Downtime(Duration stop, Duration finalPass, Duration deviceState, Duration handover) {
  /** No downtime yet. */
  public static final Downtime NONE =
      new Downtime(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

  /**
   * All parts.
   *
   * @return sum
   */
  public Duration total() {
    return stop.plus(finalPass).plus(deviceState).plus(handover);
  }
}
