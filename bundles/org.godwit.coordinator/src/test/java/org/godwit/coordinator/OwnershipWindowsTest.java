package org.godwit.coordinator;

import static org.godwit.coordinator.CutTransport.beginsWith;
import static org.godwit.coordinator.CutTransport.contains;
import static org.godwit.coordinator.CutTransport.pingOrPong;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Cuts the link between two Godwit nodes in every window of docs/ownership.md, for good. */
class OwnershipWindowsTest {
  private static final String RUNS_AT_SOURCE = "source";
  private static final String RUNS_AT_TARGET = "target";
  private static final String RUNS_NOWHERE = "";

  private static final Predicate<byte[]> HEADER = beginsWith('Q', 'E', 'V', 'M');
  private static final Predicate<byte[]> START = contains(0x01, 0, 0, 0, 1, 3, 'r', 'a', 'm');
  private static final Predicate<byte[]> DEVICES = contains(5, 'c', 'l', 'o', 'c', 'k');
  private static final Predicate<byte[]> EOF = beginsWith(0x00, 0x06);
  private static final Predicate<byte[]> COMMIT = contains(pingOrPong(Handshake.COMMIT));
  private static final Predicate<byte[]> SHUT = contains(0, 1, 0, 4, 0, 0, 0, 0);

  /** What must come of a cut. */
  record Window(
      String name,
      boolean atSource,
      Predicate<byte[]> at,
      CutTransport.When when,
      String runs,
      MigrationStatus sent,
      GuestLocation toldBySource,
      GuestLocation toldByTarget) {
    @Override
    public String toString() {
      return name + ", " + when;
    }
  }

  static Stream<Window> windows() {
    return Stream.of(
        early("header", HEADER),
        early("block list", START),
        early("device state", DEVICES),
        cut(true, "EOF", EOF, CutTransport.When.BEFORE, GuestLocation.SOURCE),
        cut(true, "EOF", EOF, CutTransport.When.SWALLOWED, GuestLocation.SOURCE),
        cut(true, "EOF", EOF, CutTransport.When.AFTER, GuestLocation.UNCERTAIN),
        cut(false, "SHUT", SHUT, CutTransport.When.BEFORE, GuestLocation.UNCERTAIN),
        cut(false, "SHUT", SHUT, CutTransport.When.SWALLOWED, GuestLocation.UNCERTAIN),
        given(false, "SHUT", SHUT, CutTransport.When.AFTER, RUNS_NOWHERE),
        given(true, "COMMIT", COMMIT, CutTransport.When.BEFORE, RUNS_NOWHERE),
        given(true, "COMMIT", COMMIT, CutTransport.When.SWALLOWED, RUNS_NOWHERE),
        given(true, "COMMIT", COMMIT, CutTransport.When.AFTER, RUNS_AT_TARGET),
        given(false, "PONG COMMIT", COMMIT, CutTransport.When.BEFORE, RUNS_AT_TARGET),
        given(false, "PONG COMMIT", COMMIT, CutTransport.When.SWALLOWED, RUNS_AT_TARGET),
        new Window(
            "PONG COMMIT",
            false,
            COMMIT,
            CutTransport.When.AFTER,
            RUNS_AT_TARGET,
            MigrationStatus.COMPLETED,
            GuestLocation.DESTINATION,
            GuestLocation.DESTINATION));
  }

  /** The destination gets nothing whole and waits for the next peer. */
  private static Window early(String name, Predicate<byte[]> at) {
    return cut(true, name, at, CutTransport.When.BEFORE, GuestLocation.SOURCE);
  }

  private static Window cut(
      boolean atSource,
      String name,
      Predicate<byte[]> at,
      CutTransport.When when,
      GuestLocation toldByTarget) {
    return new Window(
        name,
        atSource,
        at,
        when,
        RUNS_AT_SOURCE,
        MigrationStatus.FAILED,
        GuestLocation.SOURCE,
        toldByTarget);
  }

  private static Window given(
      boolean atSource, String name, Predicate<byte[]> at, CutTransport.When when, String runs) {
    GuestLocation target = runs.isEmpty() ? GuestLocation.UNCERTAIN : GuestLocation.DESTINATION;
    return new Window(
        name, atSource, at, when, runs, MigrationStatus.FAILED, GuestLocation.DESTINATION, target);
  }

  @ParameterizedTest
  @MethodSource("windows")
  void shouldNeverRunTwoGuestsWhenTheLinkIsCutAt(Window window) throws Exception {
    Rig rig = new Rig().withoutRedelivery();
    CutTransport cut = new CutTransport(rig.link, window.at, window.when);
    rig.sourceLink = window.atSource ? cut : rig.link;
    rig.targetLink = window.atSource ? rig.link : cut;
    rig.source.start();
    Migration incoming = rig.receive();

    MigrationOutcome sent = Rig.outcome(rig.send());
    MigrationOutcome received = endOf(incoming, window.toldByTarget);

    assertEquals(window.sent, sent.status(), sent::toString);
    assertEquals(window.toldBySource, sent.guest(), sent::toString);
    assertEquals(window.toldByTarget, received.guest(), received::toString);
    assertEquals(window.runs.isEmpty() ? Set.of() : Set.of(window.runs), rig.guests.running());
    assertEquals(1, rig.guests.most());
    assertEquals(
        window.toldByTarget == GuestLocation.SOURCE,
        received.machine().isEmpty(),
        "a held or arrived guest is handed out");
  }

  /** A destination that got nothing waits for the next peer; the test does not. */
  private static MigrationOutcome endOf(Migration incoming, GuestLocation expected)
      throws Exception {
    if (expected == GuestLocation.SOURCE) {
      incoming.cancel();
    }
    return Rig.outcome(incoming);
  }

  @Test
  void shouldKeepGivenGuestStoppedAtTheSource() throws Exception {
    Rig rig = new Rig().withoutRedelivery();
    rig.sourceLink = new CutTransport(rig.link, COMMIT, CutTransport.When.SWALLOWED);
    rig.source.start();
    Migration incoming = rig.receive();
    MigrationOutcome sent = Rig.outcome(rig.send());
    MigrationOutcome held = Rig.outcome(incoming);
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertTrue(sent.error().orElseThrow().getMessage().contains("start it there by hand"));
    assertTrue(held.error().orElseThrow().getMessage().contains("whole and stopped"));
    held.machine().orElseThrow().start();
    assertEquals(Set.of("target"), rig.guests.running());
  }
}
