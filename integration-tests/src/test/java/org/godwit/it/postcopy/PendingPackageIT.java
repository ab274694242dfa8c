package org.godwit.it.postcopy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.api.machine.Support;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The link breaks and is made again while the devices of a guest are still being loaded. */
@Timeout(120)
class PendingPackageIT {
  private static final long MEMORY = 64 << 20;
  private static final long SLOW = 8 << 20;

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
    "scripted, false, false",
    "scripted, false, true",
    "scripted, true, false",
    "scripted, true, true",
    "kvm, false, false",
    "kvm, true, true"
  })
  void shouldLeaveOneGuestAndOneLocation(String kind, boolean refused, boolean preempt)
      throws Exception {
    MachineProvider provider = engine.machines(kind);
    assumeTrue(provider.probe() instanceof Support.Available, kind);
    Settings settings =
        Settings.defaults()
            .with(Capability.POSTCOPY_RAM, true)
            .with(Capability.POSTCOPY_PREEMPT, preempt)
            .with(Parameter.MAX_BANDWIDTH, SLOW)
            .with(Parameter.MAX_POSTCOPY_BANDWIDTH, SLOW);
    HeldMachine target = new HeldMachine(provider.prepare(spec("arriving")));
    try (Machine source = provider.create(spec("leaving"))) {
      source.start();
      Migration incoming = engine.migrations().incoming(target, "tcp:127.0.0.1:0", settings, true);
      Migration outgoing =
          engine.migrations().migrate(source, incoming.endpoint().toString(), settings);
      recover(incoming, outgoing, target);
      assertEquals(GuestLocation.UNCERTAIN, outgoing.guest());
      target.decide(refused);
      outgoing.set(Parameter.MAX_POSTCOPY_BANDWIDTH, "0");
      MigrationOutcome received = outcome(incoming);
      MigrationOutcome sent = outcome(outgoing);
      assertEquals(received.guest(), sent.guest(), () -> received + " " + sent);
      if (refused) {
        assertEquals(GuestLocation.SOURCE, sent.guest());
        assertEquals(RunState.RUNNING, source.runState());
      } else {
        assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
        assertEquals(RunState.POSTMIGRATE, source.runState());
        assertWhole(received);
      }
    }
  }

  /** Breaks the link with the package pending, and makes it again. */
  private static void recover(Migration incoming, Migration outgoing, HeldMachine target)
      throws Exception {
    Statuses arriving = Statuses.of(incoming);
    Statuses leaving = Statuses.of(outgoing);
    outgoing.startPostcopy();
    leaving.await(MigrationStatus.POSTCOPY_ACTIVE);
    target.awaitPending();
    incoming.pause();
    arriving.await(MigrationStatus.POSTCOPY_PAUSED);
    leaving.await(MigrationStatus.POSTCOPY_PAUSED);
    outgoing.resume(incoming.recover("tcp:127.0.0.1:0").toString());
    leaving.await(MigrationStatus.POSTCOPY_ACTIVE);
  }

  private static void assertWhole(MigrationOutcome received) throws Exception {
    try (Machine arrived = received.machine().orElseThrow()) {
      assertEquals(RunState.RUNNING, arrived.runState());
      arrived.stop(RunState.PAUSED);
      MemoryProof proof = ((SelfChecking) arrived).check(WorkListener.NOBODY);
      assertEquals(0, proof.wrongPages(), proof::toString);
    }
  }

  private static MachineSpec spec(String name) {
    return new MachineSpec(name, MEMORY, Map.of("backing", "memfd"));
  }

  private static MigrationOutcome outcome(Migration migration) throws Exception {
    return migration.outcome().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
