package org.godwit.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Where code of this process waits for guest pages that have not arrived, before it touches them.
 *
 * <p>Thread-safe. A wait may last as long as a migration is paused: no thread that has to serve
 * faults, and no thread that holds a lock which such a thread needs, may wait here.
 */
@ConsumerType
@FunctionalInterface
public interface PageGate {
  /**
   * Returns when every page of a range is present; pages that are missing are asked for.
   *
   * @param offset first byte in the block; need not be aligned
   * @param length bytes
   * @param write whether the caller is going to write
   * @throws MachineException if the pages will never come
   */
  void await(long offset, long length, boolean write) throws MachineException;
}
