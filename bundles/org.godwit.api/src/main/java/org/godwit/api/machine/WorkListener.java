package org.godwit.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Is told how far work on much memory or a large file has come. Called by the threads that do the
 * work, several at once where it is shared; what it does, it does quickly.
 */
@ConsumerType
@FunctionalInterface
public interface WorkListener {
  /** Nobody wants to know. */
  WorkListener NOBODY = (done, total) -> {};

  /**
   * The work has come so far. Calls of several threads may overtake each other.
   *
   * @param done bytes that are done, at most {@code total}
   * @param total bytes of all the work, more than 0
   */
  void advanced(long done, long total);
}
