package org.godwit.examples.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;

/**
 * Migrates a scripted guest from one machine to another inside this process, through the API, with
 * progress and outcome as asynchronous values.
 */
public final class EmbeddedMigration {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long MEMORY = 64L << 20;

  private EmbeddedMigration() {}

  /**
   * Runs the example.
   *
   * @param args directory with the engine's bundles
   */
  public static void main(String[] args) throws Exception {
    MigrationOutcome outcome = run(Path.of(args[0]));
    System.out.println("guest is at the " + outcome.guest().wireName());
    System.exit(outcome.status() == MigrationStatus.COMPLETED ? 0 : 1);
  }

  static MigrationOutcome run(Path bundles) throws Exception {
    try (Engine engine = Engine.start(bundles)) {
      MigrationService migrations = engine.service(MigrationService.class, "", PATIENCE);
      MachineProvider provider =
          engine.service(MachineProvider.class, "(godwit.machine.kind=scripted)", PATIENCE);
      try (Machine guest = provider.create(spec("guest"))) {
        guest.start();
        return migrate(migrations, guest, provider);
      }
    }
  }

  private static MigrationOutcome migrate(
      MigrationService migrations, Machine guest, MachineProvider provider) throws Exception {
    Settings settings = Settings.defaults().with(Parameter.MAX_BANDWIDTH, 0);
    Migration incoming =
        migrations.incoming(provider.prepare(spec("arrived")), "tcp:127.0.0.1:0", settings, true);
    Migration outgoing = migrations.migrate(guest, incoming.endpoint().toString(), settings);

    // Progress comes as events on the migration's own thread; the outcome is a CompletionStage.
    try (Migration.Registration _ = outgoing.listen(new Progress())) {
      CompletionStage<MigrationOutcome> both =
          outgoing.outcome().thenCombine(incoming.outcome(), (left, arrived) -> arrived);
      MigrationOutcome arrived = both.toCompletableFuture().join();
      arrived.machine().ifPresent(Machine::close);
      return arrived;
    }
  }

  private static MachineSpec spec(String name) {
    return new MachineSpec(name, MEMORY, Map.of());
  }

  /** Prints what happens. */
  private static final class Progress implements MigrationListener {
    @Override
    public void statusChanged(Migration migration, MigrationStatus status) {
      System.out.println(migration.machine() + ": " + status.wireName());
    }

    @Override
    public void passDone(Migration migration, long pass) {
      System.out.println(
          "%s: pass %d, %d bytes remaining"
              .formatted(migration.machine(), pass, migration.statistics().remaining()));
    }
  }
}
