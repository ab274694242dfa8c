package org.godwit.it.postcopy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.DiscardSwitch;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.api.migration.Settings;
import org.godwit.it.EngineContainer;
import org.godwit.it.Statuses;
import org.godwit.tck.RequiredSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest runs on at once at its destination, and every page of it is right in the end. */
@Timeout(120)
class GuestPostcopyIT {
  private static final long MEMORY = 64 << 20;
  private static final long SLOW = 8 << 20;
  private static final long LIMIT = 60;
  private static final String KERNEL = "org.godwit.userfault.linux";
  private static final String SOFTWARE = "org.godwit.userfault.software";

  @TempDir static Path storage;

  private static EngineContainer engine;

  @BeforeAll
  static void startEngine() throws Exception {
    engine = EngineContainer.start(storage);
  }

  @AfterAll
  static void stopEngine() throws Exception {
    engine.close();
  }

  @ParameterizedTest
  @CsvSource({
    "scripted, ANONYMOUS, 1, false",
    "scripted, MEMFD, 4, false",
    "scripted software, ANONYMOUS, 1, false",
    "scripted software, MEMFD, 4, true",
    "kvm, MEMFD, 1, false",
    "kvm, ANONYMOUS, 2, false",
    "scripted, ANONYMOUS, 4, true",
    "kvm, MEMFD, 2, true",
  })
  void shouldRunBeforeItsMemoryIsThere(String kind, String backing, int threads, boolean preempt)
      throws Exception {
    try (Pair pair = pair(kind, backing, threads, preempt)) {
      pair.outgoing.startPostcopy();
      pair.arriving.await(MigrationStatus.POSTCOPY_ACTIVE);
      assertEquals(List.of("incoming postcopy"), pair.discards.holders());
      assertFalse(pair.discards.discard(() -> fail("a page that comes only once")));
      PostcopyStatistics figures = pair.complete();
      assertTrue(figures.faults() > 0, figures::toString);
      assertTrue(figures.requestedPages() > 0, figures::toString);
      assertTrue(figures.backgroundPages() > 0, figures::toString);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "scripted, false",
    "kvm, false",
    "scripted software, false",
    "scripted, true",
    "kvm, true",
    "scripted software, true",
  })
  void shouldSurviveLinksThatBreak(String kind, boolean preempt) throws Exception {
    try (Pair pair = pair(kind, "MEMFD", 1, preempt)) {
      pair.outgoing.startPostcopy();
      for (int i = 0; i < 3; i++) {
        pair.arriving.await(MigrationStatus.POSTCOPY_ACTIVE);
        // RESUME_ACK may still be on its way; a recovery that breaks before it does not count
        pair.leaving.await(MigrationStatus.POSTCOPY_ACTIVE);
        if (i % 2 == 0) {
          pair.incoming.pause();
        } else {
          pair.outgoing.pause();
        }
        pair.arriving.await(MigrationStatus.POSTCOPY_PAUSED);
        pair.leaving.await(MigrationStatus.POSTCOPY_PAUSED);
        // uncertain for the moment in which its devices are still being loaded
        assertNotEquals(GuestLocation.SOURCE, pair.incoming.guest());
        pair.outgoing.resume(pair.incoming.recover("tcp:127.0.0.1:0").toString());
      }
      pair.outgoing.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
      // a link that breaks before RESUME_ACK is sent was not recovered
      assertTrue(pair.complete().recoveries() > 0);
    }
  }

  /** What arrived goes back to the host, and links may break all the same. */
  @ParameterizedTest
  @CsvSource({
    "scripted, ANONYMOUS, false",
    "scripted, MEMFD, true",
    "kvm, ANONYMOUS, true",
    "kvm, MEMFD, false",
  })
  void shouldReleaseMemoryThatHasArrived(String kind, String backing, boolean preempt)
      throws Exception {
    try (Pair pair = pair(kind, backing, 1, preempt, true)) {
      MemorySegment memory = pair.source.blocks().getFirst().mapping().orElseThrow();
      pair.outgoing.startPostcopy();
      long released = 0;
      while (released == 0) {
        pair.arriving.await(MigrationStatus.POSTCOPY_ACTIVE);
        pair.leaving.await(MigrationStatus.POSTCOPY_ACTIVE);
        pair.outgoing.pause();
        pair.arriving.await(MigrationStatus.POSTCOPY_PAUSED);
        pair.leaving.await(MigrationStatus.POSTCOPY_PAUSED);
        released = pair.released();
        assertTrue(Resident.bytes(memory) <= MEMORY - released, "released " + released);
        pair.outgoing.resume(pair.incoming.recover("tcp:127.0.0.1:0").toString());
      }
      pair.outgoing.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
      assertTrue(pair.complete().recoveries() > 0);
      assertEquals(MEMORY, pair.released());
      assertEquals(0, Resident.bytes(memory));
    }
  }

  /** The guest waits, nothing becomes zero, and it goes on when all of its memory is there. */
  @ParameterizedTest
  @ValueSource(strings = {"scripted", "kvm", "scripted software"})
  void shouldHoldTheGuestWhenTheBackendGoes(String kind) throws Exception {
    try (Pair pair = pair(kind, "MEMFD", 1, false)) {
      pair.outgoing.startPostcopy();
      pair.arriving.await(MigrationStatus.POSTCOPY_ACTIVE);
      engine.stop(backend(kind));
      pair.arriving.await(MigrationStatus.POSTCOPY_PAUSED);
      pair.leaving.await(MigrationStatus.POSTCOPY_PAUSED);
      pair.outgoing.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
      pair.outgoing.resume(pair.incoming.recover("tcp:127.0.0.1:0").toString());
      assertEquals(1, pair.complete().recoveries());
    } finally {
      engine.start(backend(kind));
    }
  }

  private static String backend(String kind) {
    return kind.endsWith(" software") ? SOFTWARE : KERNEL;
  }

  /** The log of writes needs the descriptor of memory that was trapped a moment ago. */
  @ParameterizedTest
  @CsvSource({
    "scripted, ANONYMOUS",
    "scripted, MEMFD",
    "scripted software, ANONYMOUS",
    "kvm, MEMFD",
  })
  void shouldLeaveByPrecopyAfterItArrivedByPostcopy(String kind, String backing) throws Exception {
    try (Pair pair = pair(kind, backing, 1, false)) {
      pair.outgoing.startPostcopy();
      pair.arriving.await(MigrationStatus.POSTCOPY_ACTIVE);
      pair.outgoing.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
      try (Machine arrived = Pair.outcome(pair.incoming).machine().orElseThrow()) {
        moveOn(kind, arrived);
      }
    }
  }

  private static void moveOn(String kind, Machine leaving) throws Exception {
    Settings settings = Settings.defaults().with(Parameter.MAX_BANDWIDTH, 0);
    IncomingMachine target =
        engine.machines(kind.split(" ", -1)[0]).prepare(new MachineSpec("next", MEMORY, Map.of()));
    Migration incoming = engine.migrations().incoming(target, "tcp:127.0.0.1:0", settings, true);
    try {
      Migration outgoing =
          engine.migrations().migrate(leaving, incoming.endpoint().toString(), settings);
      MigrationOutcome sent = Pair.outcome(outgoing);
      assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
      try (Machine next = Pair.outcome(incoming).machine().orElseThrow()) {
        next.stop(RunState.PAUSED);
        MemoryProof proof = ((SelfChecking) next).check(WorkListener.NOBODY);
        assertEquals(0, proof.wrongPages(), proof::toString);
      }
    } finally {
      incoming.cancel();
    }
  }

  /** As on a host whose kernel or whose permissions know no userfaultfd. */
  @Test
  void shouldTrapInSoftwareWhereTheKernelCannot() throws Exception {
    engine.stop(KERNEL);
    try (Pair pair = pair("scripted", "ANONYMOUS", 2, false)) {
      pair.outgoing.startPostcopy();
      pair.arriving.await(MigrationStatus.POSTCOPY_ACTIVE);
      assertTrue(pair.complete().faults() > 0);
    } finally {
      engine.start(KERNEL);
    }
  }

  /** A guest on its way, slowly. */
  private static final class Pair implements AutoCloseable {
    final Machine source;
    final DiscardSwitch discards;
    final Migration incoming;
    final Migration outgoing;
    final Statuses arriving;
    final Statuses leaving;

    Pair(Machine source, DiscardSwitch discards, Migration incoming, Migration outgoing) {
      this.source = source;
      this.discards = discards;
      this.incoming = incoming;
      this.outgoing = outgoing;
      this.arriving = Statuses.of(incoming);
      this.leaving = Statuses.of(outgoing);
    }

    long released() {
      return outgoing.statistics().postcopy().orElseThrow().releasedBytes();
    }

    PostcopyStatistics complete() throws Exception {
      MigrationOutcome received = outcome(incoming);
      MigrationOutcome sent = outcome(outgoing);
      assertEquals(MigrationStatus.COMPLETED, received.status(), received::toString);
      assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
      assertEquals(GuestLocation.DESTINATION, received.guest());
      assertEquals(GuestLocation.DESTINATION, sent.guest());
      try (Machine arrived = received.machine().orElseThrow()) {
        assertEquals(RunState.RUNNING, arrived.runState());
        arrived.stop(RunState.PAUSED);
        MemoryProof proof = ((SelfChecking) arrived).check(WorkListener.NOBODY);
        assertEquals(0, proof.wrongPages(), proof::toString);
        assertSame(discards, arrived.discards().orElseThrow());
        assertTrue(arrived.blocks().getFirst().discard(0, MEMORY), "all of it may go");
      }
      return received.statistics().postcopy().orElseThrow();
    }

    private static MigrationOutcome outcome(Migration migration) throws Exception {
      return migration.outcome().toCompletableFuture().get(LIMIT, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      outgoing.cancel();
      incoming.cancel();
      source.close();
    }
  }

  private static Pair pair(String kind, String backing, int threads, boolean preempt)
      throws Exception {
    return pair(kind, backing, threads, preempt, false);
  }

  private static Pair pair(
      String kind, String backing, int threads, boolean preempt, boolean release) throws Exception {
    MachineProvider provider = engine.machines(kind.split(" ", -1)[0]);
    RequiredSupport.require(provider.probe());
    String count = Integer.toString(threads);
    Map<String, String> options = new HashMap<>();
    options.put("backing", backing.toLowerCase(java.util.Locale.ROOT));
    options.put(kind.equals("kvm") ? "vcpus" : "threads", count);
    if (kind.endsWith(" software")) {
      options.put("trap", "software");
    }
    Machine source = provider.create(new MachineSpec("leaving", MEMORY, options));
    source.start();
    Settings settings =
        Settings.defaults()
            .with(Capability.POSTCOPY_RAM, true)
            .with(Capability.POSTCOPY_PREEMPT, preempt)
            .with(Capability.RELEASE_RAM, release)
            .with(Parameter.MAX_BANDWIDTH, SLOW)
            .with(Parameter.MAX_POSTCOPY_BANDWIDTH, SLOW);
    IncomingMachine target = provider.prepare(new MachineSpec("arriving", MEMORY, options));
    Migration incoming = engine.migrations().incoming(target, "tcp:127.0.0.1:0", settings, true);
    Migration outgoing =
        engine.migrations().migrate(source, incoming.endpoint().toString(), settings);
    return new Pair(source, target.discards().orElseThrow(), incoming, outgoing);
  }
}
