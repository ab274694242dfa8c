package org.godwit.api.savestate;

/** How much a live state may send in one iteration; told by the rate limit. */
@FunctionalInterface
public interface Budget {
  /**
   * Whether the iteration should end. Cheap; called for each page.
   *
   * @return true when bytes or time of this iteration are used up, or the migration is being ended
   */
  boolean exhausted();
}
