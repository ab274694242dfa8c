package org.godwit.api.machine;

import java.time.Duration;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A process of another hypervisor with its guest. The guest writes a part of its memory round after
 * round and checks all of it, one slice a round; its output has one line a round.
 *
 * <p>Thread-safe.
 */
@ConsumerType
public interface GuestProcess extends GuestOutput, AutoCloseable {

  /**
   * Tells what runs.
   *
   * @return for example {@code QEMU 7.2.19, machine type pc}
   */
  String description();

  /**
   * Begins to move the guest away.
   *
   * @param uri where to, as the hypervisor understands it
   * @throws MachineException if it refuses
   */
  void migrate(String uri) throws MachineException;

  /**
   * Begins to wait for a guest.
   *
   * @param uri where to listen; port 0 takes a free one
   * @return where it listens
   * @throws MachineException if it refuses
   */
  String listen(String uri) throws MachineException;

  /**
   * Waits for the end of the migration that was begun.
   *
   * @param limit how long
   * @return name of the final status
   * @throws MachineException if the process ended or the time is over
   * @throws InterruptedException if the thread is interrupted
   */
  String awaitEnd(Duration limit) throws MachineException, InterruptedException;

  /**
   * How often the guest has checked every page of its memory, in all its life.
   *
   * @return complete checks, all without a finding
   * @throws MachineException if the guest found a wrong page, or cannot be asked
   */
  long checks() throws MachineException;

  /** Ends the process. Never throws. */
  @Override
  void close();
}
