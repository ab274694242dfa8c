package org.godwit.userfault.software;

/** What is known of a page that is on its way; the numbers are those of the two bitmaps. */
enum PageState {
  /** Not here, not asked for. */
  MISSING,
  /** Asked for, not here. */
  REQUESTED,
  /** Here. */
  RECEIVED
}
