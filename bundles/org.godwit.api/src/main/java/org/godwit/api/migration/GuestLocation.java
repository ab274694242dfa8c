package org.godwit.api.migration;

/** Where the guest is. At every instant exactly one of these holds. */
public enum GuestLocation {
  /** At the source, running or stopped as it was before. */
  SOURCE("source"),
  /** At the destination. */
  DESTINATION("destination"),
  /**
   * The link broke while the destination may have started the guest: the source keeps it stopped
   * and never starts it by itself. An operator who knows that the destination does not run it may
   * start it at the source by hand. After postcopy, when all was sent and not confirmed: the guest
   * runs at the destination, but whether all of its memory is there is not known; the source never
   * starts it again. Said by a destination: it holds the whole guest stopped, but was not told that
   * the source gave it away.
   */
  UNCERTAIN("uncertain"),
  /** Nowhere whole: neither side has a complete copy. */
  LOST("lost");

  private final String wireName;

  GuestLocation(String wireName) {
    this.wireName = wireName;
  }

  /**
   * Name in reports and JSON.
   *
   * @return lower case name
   */
  public String wireName() {
    return wireName;
  }
}
