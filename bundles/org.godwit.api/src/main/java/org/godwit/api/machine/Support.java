package org.godwit.api.machine;

/** Whether this host can do something, and if not, why. */
public sealed interface Support {

  /** The host can. */
  record Available() implements Support {}

  /**
   * The host cannot.
   *
   * @param reason a sentence that tells what is missing and what would give it
   */
  record Unavailable(String reason) implements Support {}
}
