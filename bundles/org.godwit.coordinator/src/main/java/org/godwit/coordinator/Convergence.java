package org.godwit.coordinator;

import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;

/**
 * Notices that precopy gets nowhere: the guest writes at least as many pages in a pass as were sent
 * in it, pass after pass. Belongs to the sending thread.
 */
final class Convergence {
  private long sentBefore = -1;
  private long fruitless;

  /**
   * A bitmap sync has ended.
   *
   * @param sent pages sent so far
   * @param dirty pages that are dirty now
   */
  void synced(long sent, long dirty) {
    if (sentBefore >= 0) {
      fruitless = dirty >= sent - sentBefore ? fruitless + 1 : 0;
    }
    sentBefore = sent;
  }

  /** Whether that was seen as often in a row as the settings allow. */
  boolean hopeless(Settings settings) {
    long allowed = settings.number(Parameter.POSTCOPY_AFTER);
    return allowed > 0 && fruitless >= allowed;
  }
}
