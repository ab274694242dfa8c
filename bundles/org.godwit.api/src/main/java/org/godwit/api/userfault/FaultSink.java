package org.godwit.api.userfault;

import org.osgi.annotation.versioning.ConsumerType;

/** Hears of faults. Called by the backend's fault thread: must not block, allocate or fault. */
@ConsumerType
@FunctionalInterface
public interface FaultSink {
  /**
   * A thread waits for a page.
   *
   * @param offset first byte of the page in the registered memory
   * @param write whether the access was a write
   */
  void missing(long offset, boolean write);
}
