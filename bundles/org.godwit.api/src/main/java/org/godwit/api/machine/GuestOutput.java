package org.godwit.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What the guest wrote to its console. Implemented beside {@link Machine} by providers that see it.
 * Thread-safe.
 *
 * <p>Guest programs made for proofs write one line a round: some words and, last in the line, a
 * decimal number that grows by exactly one from line to line. The bytes kept at the source followed
 * by those kept at the destination are then such a text too, without a gap or a repeat, also where
 * the move cut a line in two.
 */
@ConsumerType
public interface GuestOutput {

  /**
   * The bytes that the guest wrote in this machine, that is since it was made or arrived here.
   *
   * @return a snapshot
   */
  Output output();

  /**
   * Waits until the guest has written more than the caller knows. A stopped guest is waited for: it
   * may be started again.
   *
   * @param known bytes that the caller knows, dropped ones included
   * @return false if there is no more and none can come: the guest broke, or the machine is closed
   * @throws InterruptedException if the thread was interrupted
   */
  boolean awaitMore(long known) throws InterruptedException;

  /**
   * A piece of the output.
   *
   * @param dropped bytes written earlier in this machine that are no longer kept
   * @param text the last bytes written, at most 1 MiB, one character of ISO 8859-1 for each byte
   */
  record Output(long dropped, String text) {}
}
