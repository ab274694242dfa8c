package org.godwit.api.migration;

import java.util.concurrent.CompletionStage;
import org.godwit.api.transport.Endpoint;
import org.osgi.annotation.versioning.ProviderType;

/** A migration under way or ended. Thread-safe. */
@ProviderType
public interface Migration {

  /** Which way the guest goes, seen from here. */
  enum Direction {
    /** Away. */
    OUTGOING,
    /** Here. */
    INCOMING
  }

  /**
   * Number of this migration in this container, from 1.
   *
   * @return number
   */
  long id();

  /**
   * Direction.
   *
   * @return direction
   */
  Direction direction();

  /**
   * Name of the machine.
   *
   * @return name
   */
  String machine();

  /**
   * The other end; for an incoming migration where it listens (with the real port).
   *
   * @return endpoint
   */
  Endpoint endpoint();

  /**
   * Settings in use.
   *
   * @return current settings
   */
  Settings settings();

  /**
   * Changes a parameter of the running migration.
   *
   * @param parameter which
   * @param text value, see {@link Parameter#parse}
   * @throws IllegalArgumentException if the value is not acceptable
   */
  void set(Parameter parameter, String text);

  /**
   * Current status.
   *
   * @return a snapshot
   */
  MigrationStatus status();

  /**
   * Figures.
   *
   * @return a snapshot
   */
  MigrationStatistics statistics();

  /**
   * Where the guest is now.
   *
   * @return location
   */
  GuestLocation guest();

  /**
   * Cancels. Returns at once; the outcome tells what came of it: a migration whose guest has left
   * cannot be cancelled any more. Does nothing after the end.
   */
  void cancel();

  /**
   * Goes on from {@link MigrationStatus#PRE_SWITCHOVER} ({@code migrate-continue}).
   *
   * @throws MigrationException if the migration is in another status
   */
  void proceed() throws MigrationException;

  /**
   * The outcome, complete when the migration has ended and everything it used is released. It never
   * completes exceptionally.
   *
   * @return stage
   */
  CompletionStage<MigrationOutcome> outcome();

  /**
   * Adds a listener; it hears what happens from now on.
   *
   * @param listener listener
   * @return removes the listener when closed
   */
  Registration listen(MigrationListener listener);

  /** Removes a listener. */
  interface Registration extends AutoCloseable {
    @Override
    void close();
  }
}
