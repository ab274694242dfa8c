package org.godwit.coordinator;

import static org.godwit.coordinator.CutTransport.contains;
import static org.godwit.coordinator.CutTransport.pingOrPong;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Links that fall silent while the guest changes its owner (docs/ownership.md). */
class SilentLinkTest {
  private static final long MILLISECOND = 1_000_000L;
  private static final Predicate<byte[]> COMMIT = contains(pingOrPong(Handshake.COMMIT));
  private static final Predicate<byte[]> HEARD = contains(pingOrPong(Handshake.HEARD));

  private final Rig rig = new Rig();
  private final ShiftedTime time = new ShiftedTime();

  /** The one or the other side finds out first. */
  @ParameterizedTest(name = "written by the source: {0}, found by the destination: {1}")
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void shouldFinishOnAnotherConnectionWhenCommitOrItsAnswerIsLost(
      boolean atSource, boolean foundAtTarget) throws Exception {
    SilentLink silent = new SilentLink(rig.link, COMMIT);
    SilentLink other = SilentLink.never(rig.link);
    rig.sourceLink = atSource ? silent : other;
    rig.targetLink = atSource ? other : silent;
    patient();
    rig.source.start();
    Coordinator target = Rig.engine(rig.targetLink, time);
    Coordinator source = Rig.engine(rig.sourceLink, time);
    Migration incoming = target.incoming(rig.target, Rig.URI, rig.targetSettings, true);
    Migration outgoing = source.migrate(rig.source, Rig.URI, rig.sourceSettings);
    silent.fell.await();
    stall(foundAtTarget ? target : source, silent, other);

    MigrationOutcome sent = Rig.outcome(outgoing);
    MigrationOutcome received = Rig.outcome(incoming);

    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, received.status(), received::toString);
    assertEquals(Set.of("target"), rig.guests.running());
    assertEquals(1, rig.guests.most());
  }

  /** The watchdog looks until it has seen that nothing moves. */
  private void stall(Coordinator engine, SilentLink... links) {
    Eventually.isTrue(
        () -> {
          engine.tick();
          boolean found = Stream.of(links).anyMatch(SilentLink::aborted);
          time.advance(found ? 0 : MILLISECOND);
          return found;
        });
  }

  /** A stall is found long before anybody stops to wait for another connection. */
  private void patient() {
    rig.sourceSettings = patient(rig.sourceSettings);
    rig.targetSettings = patient(rig.targetSettings);
  }

  private static Settings patient(Settings settings) {
    return settings.with(Parameter.STALL_TIMEOUT, "5").with(Parameter.REDELIVER_TIMEOUT, "3600000");
  }

  /** The destination waits for a word that does not come, and its engine stops. */
  @Test
  void shouldNotWaitForTheLastWordWhenTheEngineStops() throws Exception {
    SilentLink silent = new SilentLink(rig.link, HEARD);
    rig.sourceLink = silent;
    rig.targetSettings = rig.targetSettings.with(Parameter.REDELIVER_TIMEOUT, "3600000");
    rig.source.start();
    Coordinator target = Rig.engine(rig.link, time);
    Migration incoming = target.incoming(rig.target, Rig.URI, rig.targetSettings, true);
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(rig.send()).status());

    target.close();
    target.abandonRest("org.example.engine");

    MigrationOutcome received = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, received.status(), received::toString);
    assertEquals(Set.of("target"), rig.guests.running());
  }

  /** The first cause of the end was the stall; what comes later must count as well. */
  @Test
  void shouldEndTheSecondTryWhenTheTransportGoesAfterAStall() throws Exception {
    SilentLink silent = new SilentLink(rig.link, COMMIT).alone();
    rig.sourceLink = silent;
    patient();
    rig.source.start();
    Migration incoming = rig.receive();
    Coordinator source = Rig.engine(silent, time);
    Migration outgoing = source.migrate(rig.source, Rig.URI, rig.sourceSettings);
    silent.fell.await();
    stall(source, silent);
    silent.awaitTry();

    source.serviceGone(silent, "org.example.transport");

    assertEquals(GuestLocation.DESTINATION, Rig.outcome(outgoing).guest());
    incoming.cancel();
    assertEquals(GuestLocation.UNCERTAIN, Rig.outcome(incoming).guest());
  }
}
