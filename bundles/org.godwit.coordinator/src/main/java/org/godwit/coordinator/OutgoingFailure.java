package org.godwit.coordinator;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.transport.TransportException;
import org.godwit.coordinator.Ownership.Stage;
import org.godwit.coordinator.Ownership.Verdict;

/**
 * The end of an outgoing migration that did not go as planned: decides by what was sent and heard
 * who owns the guest, and acts on it. Belongs to the sending thread.
 */
final class OutgoingFailure {
  private static final String APART =
      "The guest runs at the destination, but a part of its memory was never sent: it stops there"
          + " at the first page that is missing. It never runs here again.";

  private static final String UNCONFIRMED =
      "The guest runs at the destination and the last of its memory was handed to the link, but the"
          + " destination did not confirm that it came; if it did not, the guest stops there at the"
          + " first page that is missing. It never runs here again.";

  private static final String KEPT =
      "The guest runs at the destination until it touches a page that did not come. All of its memory"
          + " is kept here: when the destination waits again (migrate-recover), send it with --resume.";

  private final OutgoingMigration migration;
  private final Throwable thrown;

  OutgoingFailure(OutgoingMigration migration, Throwable thrown) {
    this.migration = migration;
    this.thrown = thrown;
  }

  /** Settles the ownership and concludes the migration. */
  void settle() {
    // only where the link broke the reason may be on its way
    OptionalLong shut = migration.links().lastWords(thrown instanceof IOException);
    if (tookOver(shut)) {
      migration.completeLate();
      return;
    }
    boolean refused = shut.isPresent() && shut.getAsLong() != 0;
    if (!notStarted()) {
      migration.links().abort("The migration failed at the source.");
    }
    conclude(verdict(refused), refused);
  }

  /** Then the link holds, and an abort could overtake our last word. */
  private boolean notStarted() {
    return thrown instanceof EndedException ended && ended.why() == Switchover.NOT_STARTED;
  }

  private Verdict verdict(boolean refused) {
    Verdict verdict = migration.ownership().verdict();
    boolean harmless = refused || localWriteFailed();
    return harmless && verdict == Verdict.UNCERTAIN ? Verdict.RESUME : verdict;
  }

  /**
   * No space for the end of a file: what is there is at most an image at rest, nobody runs it. Any
   * other failure of this host may come after somebody has read all of it.
   */
  private boolean localWriteFailed() {
    return thrown instanceof TransportException failure
        && failure.reason() == TransportException.Reason.NO_SPACE;
  }

  /**
   * A destination that starts by itself said that it has the guest, and only then the link broke.
   */
  private boolean tookOver(OptionalLong shut) {
    return shut.isPresent()
        && shut.getAsLong() == 0
        && migration.ownership().stage() == Stage.OFFERED
        && migration.ownership().verdict() == Verdict.UNCERTAIN;
  }

  private void conclude(Verdict verdict, boolean refused) {
    FailureText cause = FailureText.of(cause(refused));
    Optional<Throwable> trouble = act(verdict);
    if (verdict == Verdict.RESUME) {
      migration.departures().ifPresent(Departures::settled);
    }
    trouble.filter(t -> t != thrown).ifPresent(thrown::addSuppressed);
    boolean cancelled =
        verdict == Verdict.RESUME
            && trouble.isEmpty()
            && migration.status() == MigrationStatus.CANCELLING;
    if (cancelled) {
      migration.failed(MigrationStatus.CANCELLED, GuestLocation.SOURCE, Optional.empty());
      return;
    }
    boolean left = migration.ownership().stage() == Stage.LEFT;
    GuestLocation where = left ? withoutMemory() : location(verdict);
    String sentence =
        cause.sentence() + " " + (left ? withoutProof() : consequence(verdict, trouble));
    migration.failed(
        MigrationStatus.FAILED,
        where,
        Optional.of(new MigrationException(cause.fault(), where, sentence, thrown)));
  }

  /** A guest that left before its memory; SHUT 0 did not come. */
  private GuestLocation withoutMemory() {
    if (kept()) {
      return GuestLocation.DESTINATION;
    }
    return migration.allSent() ? GuestLocation.UNCERTAIN : GuestLocation.LOST;
  }

  /** Another process can send all of the memory as well. */
  private boolean kept() {
    return migration.departures().filter(Departures::noted).isPresent();
  }

  private String withoutProof() {
    if (kept()) {
      return KEPT;
    }
    return migration.allSent() ? UNCONFIRMED : APART;
  }

  private Throwable cause(boolean refused) {
    if (refused && migration.lifecycle().cause().isEmpty()) {
      return new EndedException(
          new EndCause.PeerFailed(Fault.PEER, "The destination reported that it failed."));
    }
    return migration.lifecycle().cause().<Throwable>map(EndedException::new).orElse(thrown);
  }

  private Optional<Throwable> act(Verdict verdict) {
    try {
      switch (verdict) {
        case RESUME -> migration.switchover().takeBack();
        case UNCERTAIN -> migration.switchover().freeze();
        case GIVEN_AWAY -> {
          // marked when it was given away
        }
      }
      return Optional.empty();
    } catch (MachineException | RuntimeException | Error e) {
      return Optional.of(e);
    }
  }

  private static GuestLocation location(Verdict verdict) {
    return switch (verdict) {
      case RESUME -> GuestLocation.SOURCE;
      case UNCERTAIN -> GuestLocation.UNCERTAIN;
      case GIVEN_AWAY -> GuestLocation.DESTINATION;
    };
  }

  private static String consequence(Verdict verdict, Optional<Throwable> trouble) {
    String what =
        switch (verdict) {
          case RESUME -> "The guest stays at the source.";
          case UNCERTAIN ->
              "The destination may or may not have started the guest, so it stays stopped at the"
                  + " source; start it by hand only if the destination does not run it.";
          case GIVEN_AWAY ->
              "The destination has the whole guest and it was given away, but the destination did"
                  + " not confirm that it starts it; if it waits there, start it there by hand. It"
                  + " never runs here again.";
        };
    return trouble.map(e -> what + " " + FailureText.of(e).sentence()).orElse(what);
  }
}
