package org.godwit.api.userfault;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears of faults. Called by the fault thread of a {@link UserfaultSession} (in software: by the
 * thread that waits): must not allocate, fault, or wait for anything that needs a guest page.
 */
@ConsumerType
@FunctionalInterface
public interface FaultSink {
  /**
   * A thread waits for a page. The same page may be reported again when another thread runs into
   * it, and a report may come after the page was placed. A page that counts as received but is
   * reported has to be {@linkplain UserfaultRegion#settle settled}.
   *
   * @param offset first byte of the page in the trapped memory
   * @param thread the kernel's number of the waiting thread, 0 if unknown
   * @param write whether the access was a write
   */
  void missing(long offset, int thread, boolean write);

  /**
   * No fault will be reported any more although the trap is not closed: the backend's bundle was
   * stopped, or the kernel's descriptor broke. Waiting threads go on waiting; nothing becomes zero.
   * Pages can still be placed. Called once, by any thread.
   *
   * @param reason a sentence
   */
  default void lost(String reason) {}
}
