package org.godwit.shell.migration;

import java.io.PrintStream;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.Sentences;

/**
 * Tells about peers that failed while a receiver goes on waiting, or gives up at the first. Called
 * by the migration's thread, asked by another.
 */
public final class FailedAttempts implements MigrationListener {
  private final PrintStream err;
  private final boolean once;
  // written by the migration's thread, read by the command's after the end
  private final Queue<MigrationException> failed = new ConcurrentLinkedQueue<>();

  /**
   * Ready to listen.
   *
   * @param err where failed peers are told, one line each
   * @param once give up with the first instead
   */
  public FailedAttempts(PrintStream err, boolean once) {
    this.err = err;
    this.once = once;
  }

  /**
   * Ends a command that gave up.
   *
   * @throws CommandFailure with what was wrong with the peer, if one was enough
   */
  public void requireNone() throws CommandFailure {
    for (MigrationException error : failed) {
      // the engine's last sentence is about the next peer, for whom nobody waits any more
      throw new CommandFailure(Sentences.of(error).replace(" Waiting for the next peer.", ""));
    }
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
    if (once) {
      failed.add(error);
      migration.cancel();
    } else {
      err.println(Sentences.of(error));
    }
  }
}
