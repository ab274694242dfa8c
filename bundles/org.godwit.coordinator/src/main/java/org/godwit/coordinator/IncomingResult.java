package org.godwit.coordinator;

import org.godwit.api.machine.Machine;
import org.godwit.api.migration.GuestLocation;

/** How a connection of an incoming migration ended. */
sealed interface IncomingResult {
  /**
   * The guest is here and, if it was to, runs.
   *
   * @param machine the machine
   */
  record Arrived(Machine machine) implements IncomingResult {}

  /**
   * The guest is here whole, but stopped.
   *
   * @param machine the machine
   * @param where what is known about its owner
   * @param sentence what happened and what may be done
   * @param cause why
   */
  record Held(Machine machine, GuestLocation where, String sentence, Throwable cause)
      implements IncomingResult {
    /** The source has given the guest away, and here it does not start. */
    static Held notStarted(Machine arrived, Throwable why) {
      return new Held(
          arrived, GuestLocation.DESTINATION, "The guest is here but does not start.", why);
    }

    /** Whether the source has given the guest away is not known. */
    static Held unconfirmed(Machine arrived, Throwable why) {
      return new Held(
          arrived,
          GuestLocation.UNCERTAIN,
          "The guest is here, whole and stopped, but the source did not confirm that it gave it"
              + " away. Start it by hand only if the source does not run it; otherwise remove it.",
          why);
    }
  }

  /**
   * Nothing arrived.
   *
   * @param cause why
   * @param touched whether the machine was changed
   * @param spent whether the machine was given up by the failure
   */
  record Failed(Throwable cause, boolean touched, boolean spent) implements IncomingResult {}

  /**
   * The connection broke in postcopy; nothing is lost if the source comes back.
   *
   * @param cause why
   */
  record Broken(Throwable cause) implements IncomingResult {}

  /**
   * The guest ran here and is given up although not all of its memory came.
   *
   * @param cause why
   * @param machine what is left of it, stopped
   */
  record Lost(Throwable cause, Machine machine) implements IncomingResult {}
}
