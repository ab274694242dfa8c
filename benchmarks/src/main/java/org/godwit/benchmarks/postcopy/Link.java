package org.godwit.benchmarks.postcopy;

/**
 * How pages come.
 *
 * @param rate of pages that nobody asked for, in bytes a second; 0 for no limit
 * @param preempt whether requested pages come over a connection of their own
 */
record Link(long rate, boolean preempt) {
  /** One connection, no limit. */
  static final Link PLAIN = new Link(0, false);
}
