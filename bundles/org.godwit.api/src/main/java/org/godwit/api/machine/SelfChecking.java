package org.godwit.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A machine whose guest computes its memory, so that every page of it can be checked after a move.
 * Implemented beside {@link Machine} by providers whose guest program is known. Thread-safe.
 */
@ConsumerType
public interface SelfChecking {

  /**
   * Computes from the guest's own state what its memory must hold, and compares every page that the
   * guest program owns. The guest must not be {@link RunState#RUNNING}.
   *
   * @param listener is told how far it has come
   * @return what was compared and found
   * @throws MachineException if the guest runs, or its memory cannot be read
   */
  MemoryProof check(WorkListener listener) throws MachineException;
}
