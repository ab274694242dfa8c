package org.godwit.shell.migration;

import java.io.PrintStream;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.shell.command.Sentences;

/** Tells about peers that failed while a receiver goes on waiting. */
public final class FailedAttempts implements MigrationListener {
  private final PrintStream err;
  private final boolean cancel;

  private FailedAttempts(PrintStream err, boolean cancel) {
    this.err = err;
    this.cancel = cancel;
  }

  /** Tells them, one line each, until closed. */
  public static Migration.Registration tell(Migration migration, PrintStream err) {
    return migration.listen(new FailedAttempts(err, false));
  }

  /** Tells the first one and gives up. */
  public static Migration.Registration endWithFirst(Migration migration, PrintStream err) {
    return migration.listen(new FailedAttempts(err, true));
  }

  @Override
  public void statusChanged(Migration migration, MigrationStatus status) {
    // shown by whoever follows the migration
  }

  @Override
  public void passDone(Migration migration, long pass) {
    // shown by whoever follows the migration
  }

  @Override
  public void attemptFailed(Migration migration, MigrationException error) {
    err.println(Sentences.of(error) + (cancel ? "" : " (waiting for the next)"));
    if (cancel) {
      migration.cancel();
    }
  }
}
