package org.godwit.shell.program;

import java.io.PrintStream;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.transport.Endpoint;
import org.godwit.shell.command.Sentences;

/**
 * Lets a source whose link broke in postcopy come back to where it went before: a program without a
 * shell has nobody who could say {@code migrate-recover}. Called by threads of the migration.
 */
final class WaitWhenPaused implements MigrationListener {
  private final PrintStream err;
  private final boolean once;

  WaitWhenPaused(PrintStream err, boolean once) {
    this.err = err;
    this.once = once;
  }

  @Override
  public void statusChanged(Migration migration, MigrationStatus status) {
    if (status != MigrationStatus.POSTCOPY_PAUSED) {
      return;
    }
    if (once) {
      migration.cancel();
      return;
    }
    try {
      Endpoint waiting = migration.recover(migration.endpoint().toString());
      err.println(
          "The link broke; waiting for the source to come back to %s (migrate resume=true at a QEMU)."
              .formatted(waiting));
    } catch (MigrationException e) {
      err.println(Sentences.of(e));
      migration.cancel();
    }
  }

  @Override
  public void passDone(Migration migration, long pass) {
    // nothing to tell
  }
}
