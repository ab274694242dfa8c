package org.godwit.it;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationStatus;

/** Waits for statuses of a migration. */
public final class Statuses implements MigrationListener {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

  private final Migration migration;
  private final List<MigrationStatus> seen = new ArrayList<>();

  private Statuses(Migration migration) {
    this.migration = migration;
  }

  /** Begins to take note. */
  public static Statuses of(Migration migration) {
    Statuses statuses = new Statuses(migration);
    var _ = migration.listen(statuses);
    return statuses;
  }

  /** Returns when the status was entered after the last call. */
  public synchronized void await(MigrationStatus wanted) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT;
    while (!seen.contains(wanted)) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || seen.stream().anyMatch(MigrationStatus::isFinal)) {
        throw new AssertionError("Not " + wanted + " but " + seen + ": " + migration);
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    seen.subList(0, seen.indexOf(wanted) + 1).clear();
  }

  /** Waits for a status, or for the end if that comes first; gives the one that it was. */
  public synchronized MigrationStatus awaitAny(MigrationStatus wanted) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT;
    while (true) {
      for (MigrationStatus status : seen) {
        if (status == wanted || status.isFinal()) {
          return status;
        }
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("Neither " + wanted + " nor an end but " + seen);
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  @Override
  public synchronized void statusChanged(Migration changed, MigrationStatus status) {
    seen.add(status);
    notifyAll();
  }

  @Override
  public void passDone(Migration changed, long pass) {}

  @Override
  public void attemptFailed(Migration changed, MigrationException error) {}
}
