package org.godwit.shell.program;

import java.io.PrintStream;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.shell.command.Sentences;

/**
 * Ends a migration in postcopy whose link broke: a program without a shell has nobody who could
 * resume it. Called by threads of the migration.
 */
final class LeaveWhenPaused implements MigrationListener {
  private final PrintStream err;

  private LeaveWhenPaused(PrintStream err) {
    this.err = err;
  }

  static void from(Migration migration, PrintStream err) {
    var _ = migration.listen(new LeaveWhenPaused(err));
    if (migration.status() == MigrationStatus.POSTCOPY_PAUSED) {
      migration.cancel();
    }
  }

  @Override
  public void statusChanged(Migration migration, MigrationStatus status) {
    if (status == MigrationStatus.POSTCOPY_PAUSED) {
      migration.cancel();
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
