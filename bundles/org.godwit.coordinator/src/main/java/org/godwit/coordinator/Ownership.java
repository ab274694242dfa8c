package org.godwit.coordinator;

/**
 * Who owns the guest, as the source can prove it (docs/ownership.md). The sending thread moves it
 * on, and in postcopy the one that hears the destination; any thread may look.
 */
final class Ownership {
  /** How far the guest was given away; only grows. */
  enum Stage {
    /** The destination cannot have a whole guest: the EOF byte was not handed to the link. */
    HELD,
    /** The EOF byte may have arrived; nothing is decided. */
    OFFERED,
    /** The guest is the destination's: SHUT 0 came (QEMU), or COMMIT was or may have been sent. */
    GIVEN,
    /** Postcopy: the package with RUN may have arrived; the guest never restarts here by itself. */
    SPLIT,
    /** Postcopy: the destination has loaded the package and runs the guest. */
    LEFT
  }

  /** How the destination learns that it may start the guest. */
  enum Rule {
    /** It starts when it has everything (QEMU, and everybody without a return path). */
    STARTS_BY_ITSELF,
    /** It starts when it is told to (Godwit with a return path). */
    WAITS_FOR_COMMIT
  }

  /** What a source must do after a failure. */
  enum Verdict {
    /** The guest goes on here. */
    RESUME,
    /** Nobody can tell; the guest stays stopped here until an operator decides. */
    UNCERTAIN,
    /** The guest is the destination's; it never runs here again. */
    GIVEN_AWAY
  }

  // volatile: written under the lock, read by the thread that cancels
  private volatile Stage stage = Stage.HELD;
  private volatile Rule rule = Rule.STARTS_BY_ITSELF;

  Stage stage() {
    return stage;
  }

  Rule rule() {
    return rule;
  }

  void rule(Rule known) {
    rule = known;
  }

  synchronized void advance(Stage next) {
    if (next.compareTo(stage) < 0) {
      throw new IllegalStateException("Ownership cannot go from " + stage + " to " + next);
    }
    stage = next;
  }

  /** The package was loaded; false if that is known, or no package was sent. */
  synchronized boolean leave() {
    boolean news = stage == Stage.SPLIT;
    if (news) {
      stage = Stage.LEFT;
    }
    return news;
  }

  /** Whether the guest may run at the destination while its memory is here. */
  boolean postcopy() {
    return stage == Stage.SPLIT || stage == Stage.LEFT;
  }

  /** Whether a cancel is still certain to keep the guest here. */
  boolean cancellable() {
    return verdict() == Verdict.RESUME;
  }

  /** What a failure now would mean. */
  Verdict verdict() {
    return verdict(stage, rule);
  }

  static Verdict verdict(Stage stage, Rule rule) {
    return switch (stage) {
      case HELD -> Verdict.RESUME;
      case OFFERED -> rule == Rule.WAITS_FOR_COMMIT ? Verdict.RESUME : Verdict.UNCERTAIN;
      case GIVEN, LEFT -> Verdict.GIVEN_AWAY;
      case SPLIT -> Verdict.UNCERTAIN;
    };
  }
}
