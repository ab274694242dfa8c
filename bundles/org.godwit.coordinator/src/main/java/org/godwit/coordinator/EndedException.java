package org.godwit.coordinator;

/** The work of a migration stops because of an {@link EndCause}. */
final class EndedException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient EndCause why;

  EndedException(EndCause why) {
    super(why.sentence());
    this.why = why;
  }

  EndCause why() {
    return why;
  }
}
