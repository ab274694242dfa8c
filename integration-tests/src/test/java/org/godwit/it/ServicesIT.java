package org.godwit.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.SelfChecking;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles that stop, and start again, while migrations use what they bring. */
@Timeout(120)
class ServicesIT {
  private static final long MEMORY = 32 << 20;
  private static final Map<String, String> OPTIONS = Map.of("rate", "2000", "filled", "32M");

  @TempDir Path storage;
  private EngineContainer container;
  private Machine source;

  @BeforeEach
  void startGuest() throws Exception {
    container = EngineContainer.start(storage);
    source = guests().create(new MachineSpec("source", MEMORY, OPTIONS));
    source.start();
  }

  @AfterEach
  void stop() throws Exception {
    source.close();
    container.close();
  }

  private MachineProvider guests() throws Exception {
    return container.machines("scripted");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.godwit.transport.tcp",
        "org.godwit.savestate.ram",
        "org.godwit.savestate.devices"
      })
  void shouldEndTheJobsOfABundleThatStopsAndKeepTheGuest(String bundle) throws Exception {
    Migration incoming = receive("first");
    Migration outgoing = send(incoming, Settings.defaults().with(Parameter.MAX_BANDWIDTH, 65536));
    awaitActive(outgoing);

    container.stop(bundle);
    MigrationOutcome left = outcome(outgoing);
    assertEquals(MigrationStatus.FAILED, left.status(), left::toString);
    assertEquals(GuestLocation.SOURCE, left.guest());
    assertEquals(RunState.RUNNING, source.runState());
    assertEitherNames(bundle, left, outcome(incoming));

    container.start(bundle);
    assertArrives();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.godwit.transport.file",
        "org.godwit.savestate.ram",
        "org.godwit.savestate.devices"
      })
  void shouldNameTheBundleThatWentToTheOnlyJob(String bundle) throws Exception {
    Settings slow = Settings.defaults().with(Parameter.MAX_BANDWIDTH, 65536);
    Migration outgoing =
        container.migrations().migrate(source, "file:" + storage.resolve("stream"), slow);
    awaitActive(outgoing);
    container.stop(bundle);
    MigrationOutcome left = outcome(outgoing);
    assertEquals(MigrationStatus.FAILED, left.status(), left::toString);
    assertEquals(GuestLocation.SOURCE, left.guest());
    assertEquals(RunState.RUNNING, source.runState());
    assertTrue(reason(left).contains(bundle), reason(left));
  }

  @ParameterizedTest
  @ValueSource(strings = {"org.godwit.machine.image", "org.godwit.transport.unix"})
  void shouldNotCareForBundlesThatTheJobDoesNotUse(String bundle) throws Exception {
    Migration incoming = receive("first");
    Migration outgoing = send(incoming, Settings.defaults().with(Parameter.MAX_BANDWIDTH, 65536));
    awaitActive(outgoing);
    container.stop(bundle);
    outgoing.set(Parameter.MAX_BANDWIDTH, "0");
    assertEquals(MigrationStatus.COMPLETED, outcome(outgoing).status());
    outcome(incoming).machine().orElseThrow().close();
  }

  private void assertArrives() throws Exception {
    Migration incoming = receive("second");
    Migration outgoing = send(incoming, Settings.defaults().with(Parameter.MAX_BANDWIDTH, 0));
    assertEquals(MigrationStatus.COMPLETED, outcome(outgoing).status());
    try (Machine target = outcome(incoming).machine().orElseThrow()) {
      target.stop(RunState.PAUSED);
      MemoryProof proof = ((SelfChecking) target).check(WorkListener.NOBODY);
      assertTrue(proof.holds(), proof::toString);
    }
  }

  private Migration receive(String name) throws Exception {
    IncomingMachine empty = guests().prepare(new MachineSpec(name, MEMORY, OPTIONS));
    return container.migrations().incoming(empty, "tcp:127.0.0.1:0", Settings.defaults(), true);
  }

  private Migration send(Migration incoming, Settings settings) throws Exception {
    return container.migrations().migrate(source, incoming.endpoint().toString(), settings);
  }

  /** Both jobs are of this container: the first that ends tells the other through their link. */
  private static void assertEitherNames(
      String bundle, MigrationOutcome left, MigrationOutcome arriving) {
    String reasons = reason(left) + "\n" + reason(arriving);
    assertTrue(reasons.contains(bundle), reasons);
  }

  private static String reason(MigrationOutcome outcome) {
    return outcome.error().map(MigrationException::getMessage).orElse("none");
  }

  private static MigrationOutcome outcome(Migration migration) throws Exception {
    return migration.outcome().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static void awaitActive(Migration migration) throws Exception {
    CompletableFuture<Void> active = new CompletableFuture<>();
    MigrationListener listener =
        new MigrationListener() {
          @Override
          public void statusChanged(Migration changed, MigrationStatus status) {
            reached(active, status);
          }

          @Override
          public void passDone(Migration changed, long pass) {
            // only the status is waited for
          }

          @Override
          public void attemptFailed(Migration changed, MigrationException error) {
            active.completeExceptionally(error);
          }
        };
    try (var _ = migration.listen(listener)) {
      reached(active, migration.status());
      active.get(60, TimeUnit.SECONDS);
    }
  }

  private static void reached(CompletableFuture<Void> active, MigrationStatus status) {
    if (status == MigrationStatus.ACTIVE) {
      active.complete(null);
    } else if (status.isFinal()) {
      active.completeExceptionally(new AssertionError("the migration is " + status));
    }
  }
}
