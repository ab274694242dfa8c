package org.godwit.shell.program;

import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.shell.command.Sentences;

/**
 * What becomes of a migration in postcopy whose link broke, where nobody has a shell to resume it:
 * it ends if a later process can go on with the guest, else this one goes on trying, for it alone
 * can. Called by threads of the migration.
 */
final class LeaveWhenPaused implements MigrationListener {
  private static final long RETRY_SECONDS = 2;

  private final BooleanSupplier noted;
  private final String uri;
  private final PrintStream err;
  private boolean told;

  private LeaveWhenPaused(BooleanSupplier noted, String uri, PrintStream err) {
    this.noted = noted;
    this.uri = uri;
    this.err = err;
  }

  static void from(Migration migration, Machine machine, String uri, PrintStream err) {
    BooleanSupplier noted = () -> machine instanceof Departures departures && departures.noted();
    LeaveWhenPaused listener = new LeaveWhenPaused(noted, uri, err);
    var _ = migration.listen(listener);
    listener.look(migration, migration.status());
  }

  @Override
  public void statusChanged(Migration migration, MigrationStatus status) {
    look(migration, status);
  }

  private void look(Migration migration, MigrationStatus status) {
    if (status != MigrationStatus.POSTCOPY_PAUSED) {
      return;
    }
    if (noted.getAsBoolean()) {
      migration.cancel();
    } else {
      tell();
      var _ =
          CompletableFuture.runAsync(
              () -> resume(migration),
              CompletableFuture.delayedExecutor(RETRY_SECONDS, TimeUnit.SECONDS));
    }
  }

  private synchronized void tell() {
    if (!told) {
      told = true;
      err.println(
          "No other process can go on with this guest, because no note of it could be kept beside"
              + " its image; trying to reach it every %d s, ctrl-C gives it up."
                  .formatted(RETRY_SECONDS));
    }
  }

  private void resume(Migration migration) {
    try {
      if (migration.status() == MigrationStatus.POSTCOPY_PAUSED) {
        migration.resume(uri);
      }
    } catch (MigrationException e) {
      err.println(Sentences.of(e));
    }
  }

  @Override
  public void passDone(Migration migration, long pass) {
    // nothing to tell
  }

  @Override
  public void attemptFailed(Migration migration, MigrationException error) {
    err.println(Sentences.of(error));
  }
}
