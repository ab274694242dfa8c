package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.it.EngineContainer;
import org.godwit.it.Statuses;
import org.godwit.it.relay.Cut;
import org.godwit.it.relay.Leg;
import org.godwit.it.relay.Relay;
import org.godwit.machine.qemu.QmpTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Links to a real QEMU that break at each place of a postcopy, and where the guest is then. */
@Timeout(180)
class QemuPostcopyCutIT {
  private static final int SLOW = 100_000;
  private static final int TIMES = 3;

  @TempDir static Path storage;
  @TempDir static Path shared;
  @TempDir Path directory;

  private static EngineContainer engine;
  private static final Map<QemuRelease, Origin> ORIGINS = new EnumMap<>(QemuRelease.class);

  /** A guest in an image, and what it wrote before. */
  private record Origin(QemuImageRoundTrip trip, String output) {}

  private Relay relay;

  @BeforeAll
  static void startEngine() throws Exception {
    engine = EngineContainer.start(storage);
  }

  @AfterAll
  static void stopEngine() throws Exception {
    ORIGINS.clear();
    engine.close();
  }

  @BeforeEach
  void openRelay() {
    relay = new Relay(directory);
  }

  @AfterEach
  void closeRelay() {
    relay.close();
  }

  /** QEMU 7.2 under TCG may lose writes of a guest that runs: known-issues. */
  private static Origin origin(QemuRelease release) throws Exception {
    for (int time = 0; time < TIMES && !ORIGINS.containsKey(release); time++) {
      Path folder = Files.createDirectories(shared.resolve(release.name() + time));
      QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, folder, true);
      try (TestGuest source = TestGuest.running(release, GuestMachine.PC, folder)) {
        source.awaitRounds(3);
        String output = trip.into(source);
        if (Arrays.equals(trip.memory(GuestMachine.PC), source.memory())) {
          ORIGINS.put(release, new Origin(trip, output));
        }
      }
    }
    assertTrue(ORIGINS.containsKey(release), "QEMU has lost writes of its guest");
    return ORIGINS.get(release);
  }

  private TestGuest waiting(QemuRelease release) throws Exception {
    TestGuest guest = TestGuest.waiting(release, GuestMachine.PC, directory);
    guest.migration().capability("postcopy-ram", true);
    return guest;
  }

  private static Settings slow(Origin origin) {
    return origin
        .trip()
        .settings()
        .with(Capability.POSTCOPY_RAM, true)
        .with(Parameter.MAX_POSTCOPY_BANDWIDTH, SLOW);
  }

  private static Settings lazy(Origin origin) {
    return slow(origin).with(Parameter.LAZY, "on");
  }

  /** The guest is still whole where it came from: another QEMU takes it from there. */
  private void assertStillAtTheSource(QemuRelease release, Origin origin) throws Exception {
    assertEquals(List.of(), engine.images().verify(origin.trip().image(), WorkListener.NOBODY));
    try (TestGuest next = TestGuest.waiting(release, GuestMachine.PC, directory)) {
      origin.trip().outTo(next);
      next.awaitRounds(3);
      TestGuest.assertContinuous(origin.output(), next.output());
    }
  }

  private static void assertArrived(Origin origin, Migration migration, TestGuest destination)
      throws Exception {
    MigrationOutcome sent = QemuImageRoundTrip.outcome(migration);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(GuestLocation.DESTINATION, sent.guest());
    assertRunsOn(origin, destination);
  }

  private static void assertRunsOn(Origin origin, TestGuest destination) throws Exception {
    assertEquals("completed", destination.migration().awaitEnd(TestGuest.LIMIT).status());
    assertEquals("running", destination.qemu().runState());
    destination.awaitRounds(3);
    TestGuest.assertContinuous(origin.output(), destination.output());
  }

  /** QEMU as a destination gives up by ending. */
  private static void assertNothingRan(TestGuest destination) throws Exception {
    assertTrue(destination.qemu().awaitEnd(TestGuest.LIMIT), "QEMU still waits for its guest");
    assertFalse(destination.migration().events().stream().anyMatch(e -> e.name().equals("RESUME")));
  }

  /** In precopy all is as if nothing had been tried. */
  private void keepsItsGuest(QemuRelease release, String place, boolean lazy) throws Exception {
    Origin origin = origin(release);
    try (TestGuest destination = waiting(release);
        Machine image = engine.images().open("kept", origin.trip().image())) {
      Leg leg = relay.leg(destination.listen(), Optional.of(Cut.parse(place)));
      Settings settings = lazy ? lazy(origin) : slow(origin).with(Parameter.MAX_BANDWIDTH, SLOW);
      Migration migration = engine.migrations().migrate(image, leg.uri(), settings);
      Statuses statuses = Statuses.of(migration);
      leg.awaitCut();
      leg.breakLink();
      MigrationOutcome outcome = ended(migration, statuses);
      assertEquals(MigrationStatus.FAILED, outcome.status());
      assertTrue(
          outcome.guest() == GuestLocation.SOURCE
              || (lazy && outcome.guest() == GuestLocation.UNCERTAIN),
          outcome::toString);
      assertNothingRan(destination);
    }
    assertStillAtTheSource(release, origin);
  }

  /** The outcome; a migration that was paused is given up. */
  private static MigrationOutcome ended(Migration migration, Statuses statuses) throws Exception {
    if (statuses.awaitAny(MigrationStatus.POSTCOPY_PAUSED) == MigrationStatus.POSTCOPY_PAUSED) {
      migration.cancel();
    }
    return QemuImageRoundTrip.outcome(migration);
  }

  @ParameterizedTest
  @CsvSource({"V7_2, before POSTCOPY_ADVISE", "V7_2, inside precopy PAGE #3"})
  void shouldKeepTheGuestInPrecopy(QemuRelease release, String place) throws Exception {
    keepsItsGuest(release, place, false);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource
  void shouldKeepTheGuestAtEachPlaceOfPrecopy(QemuRelease release, String place) throws Exception {
    keepsItsGuest(release, place, false);
  }

  static Stream<Arguments> shouldKeepTheGuestAtEachPlaceOfPrecopy() {
    return both(
        "before HEADER",
        "inside CONFIGURATION",
        "before OPEN_RETURN_PATH",
        "before PING 1",
        "before POSTCOPY_ADVISE",
        "inside POSTCOPY_ADVISE",
        "after POSTCOPY_ADVISE",
        "before precopy START",
        "inside precopy BLOCK_LIST",
        "before precopy PART",
        "after precopy PART",
        "inside precopy PAGE #3",
        "before answer PONG 1",
        "inside answer PONG 1",
        "after answer PONG 1");
  }

  @ParameterizedTest
  @CsvSource({"V7_2, before POSTCOPY_RUN"})
  void shouldKeepTheGuestUntilThePackageIsWhole(QemuRelease release, String place)
      throws Exception {
    keepsItsGuest(release, place, true);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource
  void shouldKeepTheGuestAtEachPlaceOfThePackage(QemuRelease release, String place)
      throws Exception {
    keepsItsGuest(release, place, true);
  }

  static Stream<Arguments> shouldKeepTheGuestAtEachPlaceOfThePackage() {
    return both(
        "before POSTCOPY_RAM_DISCARD",
        "inside POSTCOPY_RAM_DISCARD",
        "after POSTCOPY_RAM_DISCARD",
        "before PING 2",
        "after PING 2",
        "inside PACKAGED",
        "after PACKAGED",
        "after POSTCOPY_LISTEN",
        "inside FULL #5",
        "before PING 3",
        "after PING 3",
        "before POSTCOPY_RUN",
        "inside POSTCOPY_RUN");
  }

  @ParameterizedTest
  @CsvSource({"V7_2, before answer PONG 3", "V7_2, inside PAGE #3", "V7_2, before END"})
  void shouldGoOnAfterItRan(QemuRelease release, String place) throws Exception {
    goesOn(release, place);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource
  void shouldGoOnFromEachPlaceAfterItRan(QemuRelease release, String place) throws Exception {
    goesOn(release, place);
  }

  static Stream<Arguments> shouldGoOnFromEachPlaceAfterItRan() {
    return both(
        "after POSTCOPY_RUN",
        "before PING 4",
        "after PING 4",
        "before PART",
        "inside PART",
        "inside PAGE #1",
        "after PAGE #3",
        "inside ZERO #3",
        "before answer PONG 2",
        "before answer PONG 3",
        "inside answer PONG 3",
        "after answer PONG 3",
        "before answer REQ_PAGES",
        "inside answer REQ_PAGES",
        "after answer REQ_PAGES",
        "before END",
        "inside END",
        "after END",
        "before EOF");
  }

  private void goesOn(QemuRelease release, String place) throws Exception {
    Origin origin = origin(release);
    try (TestGuest destination = waiting(release);
        Machine image = engine.images().open("going on", origin.trip().image())) {
      Migration migration = cutWhileItRuns(origin, destination, image, place);
      Leg _ = resume(migration, destination, 1, Optional.empty());
      migration.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
      assertArrived(origin, migration, destination);
      assertEquals(1, migration.statistics().postcopy().orElseThrow().recoveries());
    }
  }

  /** Breaks the link at a place, but not before the guest runs; both sides are paused then. */
  private Migration cutWhileItRuns(
      Origin origin, TestGuest destination, Machine image, String place) throws Exception {
    Leg leg = relay.leg(destination.listen(), Optional.of(Cut.parse(place)));
    Migration migration = engine.migrations().migrate(image, leg.uri(), reaching(origin, place));
    Statuses statuses = Statuses.of(migration);
    leg.awaitCut();
    destination.migration().awaitEvent("RESUME", TestGuest.LIMIT);
    boolean unheard = place.contains("answer");
    if (!unheard) {
      leg.awaitAnswer("PONG 3");
    }
    leg.breakLink();
    statuses.await(MigrationStatus.POSTCOPY_PAUSED);
    destination.migration().await("postcopy-paused", 1, TestGuest.LIMIT);
    if (place.matches("(before|inside) answer PONG [23]")) {
      assertEquals(GuestLocation.UNCERTAIN, migration.guest());
    } else if (!unheard) {
      assertEquals(GuestLocation.DESTINATION, migration.guest());
    }
    return migration;
  }

  private static Settings reaching(Origin origin, String place) {
    boolean end = place.endsWith("END") || place.endsWith("EOF") || place.endsWith("SHUT");
    Settings lazy = lazy(origin);
    return end ? lazy.with(Parameter.MAX_POSTCOPY_BANDWIDTH, 0) : lazy;
  }

  private Leg resume(Migration migration, TestGuest destination, int time, Optional<Cut> cut)
      throws Exception {
    String uri = "unix:" + destination.qemu().directory().resolve("again" + time);
    destination.migration().recover(uri);
    Leg leg = relay.leg(uri, cut);
    migration.resume(leg.uri());
    return leg;
  }

  /**
   * The link breaks while QEMU loads the package: it ends, and the whole guest is still in its
   * image, or it goes on with the guest and waits for the rest.
   */
  @Tag("full")
  @ParameterizedTest
  @MethodSource
  void shouldKeepOneGuestWhenTheLinkBreaksBeforeItRan(QemuRelease release, String place)
      throws Exception {
    Origin origin = origin(release);
    boolean there;
    try (TestGuest destination = waiting(release);
        Machine image = engine.images().open("one", origin.trip().image())) {
      Leg leg = relay.leg(destination.listen(), Optional.of(Cut.parse(place)));
      Migration migration = engine.migrations().migrate(image, leg.uri(), lazy(origin));
      Statuses statuses = Statuses.of(migration);
      leg.awaitCut();
      leg.breakLink();
      statuses.await(MigrationStatus.POSTCOPY_PAUSED);
      there = pausedOrEnded(destination);
      if (there) {
        Leg _ = resume(migration, destination, 1, Optional.empty());
        migration.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
        assertArrived(origin, migration, destination);
      } else {
        migration.cancel();
        MigrationOutcome outcome = QemuImageRoundTrip.outcome(migration);
        assertEquals(MigrationStatus.FAILED, outcome.status(), outcome::toString);
        assertTrue(
            Set.of(GuestLocation.UNCERTAIN, GuestLocation.DESTINATION).contains(outcome.guest()),
            outcome::toString);
      }
    }
    if (!there) {
      assertStillAtTheSource(release, origin);
    }
  }

  static Stream<Arguments> shouldKeepOneGuestWhenTheLinkBreaksBeforeItRan() {
    return both(
        "after POSTCOPY_RUN",
        "after PING 4",
        "inside PAGE #1",
        "before answer PONG 3",
        "after answer PONG 3");
  }

  /** Whether QEMU still has the guest. */
  private static boolean pausedOrEnded(TestGuest destination) throws Exception {
    try {
      destination.migration().await("postcopy-paused", TestGuest.LIMIT);
      return true;
    } catch (QmpTimeoutException e) {
      throw e;
    } catch (IOException e) {
      // a QEMU 10.0 may have begun to run it
      assertTrue(destination.qemu().awaitEnd(TestGuest.LIMIT));
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({"V7_2, after answer RESUME_ACK"})
  void shouldRecoverFromABrokenRecovery(QemuRelease release, String place) throws Exception {
    recovers(release, place);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource
  void shouldRecoverFromARecoveryBrokenAtEachPlace(QemuRelease release, String place)
      throws Exception {
    recovers(release, place);
  }

  static Stream<Arguments> shouldRecoverFromARecoveryBrokenAtEachPlace() {
    Stream<Arguments> early = beforeResume().map(place -> Arguments.of(QemuRelease.V10_0, place));
    Stream<Arguments> late =
        both(
            "before answer RESUME_ACK",
            "inside answer RESUME_ACK",
            "after answer RESUME_ACK",
            "before PART",
            "inside PAGE #1",
            "before END");
    return Stream.concat(early, late);
  }

  static Stream<String> beforeResume() {
    return Stream.of(
        "before RECV_BITMAP",
        "inside RECV_BITMAP",
        "after RECV_BITMAP",
        "before RECV_BITMAP #3",
        "before answer RECV_BITMAP",
        "inside answer RECV_BITMAP",
        "after answer RECV_BITMAP",
        "inside answer RECV_BITMAP #2",
        "before POSTCOPY_RESUME",
        "inside POSTCOPY_RESUME");
  }

  /** QEMU 7.2 ends when the link of a recovery breaks before RESUME: known-issues. */
  @Tag("full")
  @ParameterizedTest
  @MethodSource("beforeResume")
  void shouldKeepAllForAResumeWhereQemuEndsInARecovery(String place) throws Exception {
    Origin origin = origin(QemuRelease.V7_2);
    try (TestGuest destination = waiting(QemuRelease.V7_2);
        Machine image = engine.images().open("lost", origin.trip().image())) {
      Migration migration = breakRecovery(origin, destination, image, place);
      assertTrue(destination.qemu().awaitEnd(TestGuest.LIMIT));
      migration.cancel();
      MigrationOutcome outcome = QemuImageRoundTrip.outcome(migration);
      assertEquals(MigrationStatus.FAILED, outcome.status(), outcome::toString);
      assertEquals(GuestLocation.DESTINATION, outcome.guest());
      assertTrue(outcome.error().orElseThrow().getMessage().contains("--resume"));
    }
  }

  private Migration breakRecovery(Origin origin, TestGuest destination, Machine image, String place)
      throws Exception {
    Migration migration = cutWhileItRuns(origin, destination, image, "inside PAGE #3");
    Statuses statuses = Statuses.of(migration);
    migration.set(
        Parameter.MAX_POSTCOPY_BANDWIDTH, place.endsWith("END") ? "0" : Integer.toString(SLOW));
    Leg leg = resume(migration, destination, 1, Optional.of(Cut.parse(place)));
    leg.awaitCut();
    leg.breakLink();
    statuses.await(MigrationStatus.POSTCOPY_PAUSED);
    assertEquals(GuestLocation.DESTINATION, migration.guest());
    return migration;
  }

  private void recovers(QemuRelease release, String place) throws Exception {
    Origin origin = origin(release);
    try (TestGuest destination = waiting(release);
        Machine image = engine.images().open("again", origin.trip().image())) {
      Migration migration = breakRecovery(origin, destination, image, place);
      destination.migration().await("postcopy-paused", 2, TestGuest.LIMIT);
      Leg _ = resume(migration, destination, 2, Optional.empty());
      migration.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
      assertArrived(origin, migration, destination);
    }
  }

  @ParameterizedTest
  @CsvSource({"V7_2, before answer SHUT"})
  void shouldNotTakeBackAGuestThatHasAll(QemuRelease release, String place) throws Exception {
    hasAll(release, place);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource
  void shouldNotTakeBackAGuestThatHasAllAtEachPlace(QemuRelease release, String place)
      throws Exception {
    hasAll(release, place);
  }

  static Stream<Arguments> shouldNotTakeBackAGuestThatHasAllAtEachPlace() {
    return both("before answer SHUT", "inside answer SHUT");
  }

  /** QEMU has completed, the source did not hear it: the guest is there, whatever is done here. */
  private void hasAll(QemuRelease release, String place) throws Exception {
    Origin origin = origin(release);
    try (TestGuest destination = waiting(release);
        Machine image = engine.images().open("all", origin.trip().image())) {
      Leg leg = relay.leg(destination.listen(), Optional.of(Cut.parse(place)));
      Migration migration = engine.migrations().migrate(image, leg.uri(), reaching(origin, place));
      Statuses statuses = Statuses.of(migration);
      leg.awaitCut();
      assertRunsOn(origin, destination);
      leg.breakLink();
      MigrationOutcome outcome = ended(migration, statuses);
      assertEquals(MigrationStatus.FAILED, outcome.status(), outcome::toString);
      assertEquals(GuestLocation.DESTINATION, outcome.guest());
      assertRunsOn(origin, destination);
    }
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource
  void shouldCompleteWithTheLastByte(QemuRelease release) throws Exception {
    Origin origin = origin(release);
    try (TestGuest destination = waiting(release);
        Machine image = engine.images().open("last", origin.trip().image())) {
      String place = "after answer SHUT";
      Leg leg = relay.leg(destination.listen(), Optional.of(Cut.parse(place)));
      Migration migration = engine.migrations().migrate(image, leg.uri(), reaching(origin, place));
      leg.awaitCut();
      leg.breakLink();
      assertArrived(origin, migration, destination);
    }
  }

  private static Stream<Arguments> both(String... places) {
    return Stream.of(QemuRelease.values())
        .flatMap(release -> Stream.of(places).map(place -> Arguments.of(release, place)));
  }
}
