package org.godwit.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps note of guests that run elsewhere and still need memory from here, so that a later process
 * can serve them if this one ends. Implemented beside {@link Machine} by machines whose memory
 * outlives their process, such as images. Thread-safe.
 */
@ConsumerType
public interface Departures {

  /**
   * The guest is about to run elsewhere. The note is durable when this returns; one that cannot be
   * kept harms nobody, but then no other process can go on.
   *
   * @param to where the guest goes, for people
   */
  void departs(String to);

  /** The last guest that departed, or was found, needs nothing from here any more. */
  void settled();

  /**
   * Whether there is a durable note of the last departure.
   *
   * @return false before a departure, after {@link #settled}, or if it could not be kept
   */
  boolean noted();

  /**
   * Finds the note of a guest that departed in an earlier process.
   *
   * @throws MachineException if there is none, or the machine has changed since
   */
  void find() throws MachineException;
}
