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
   * Asks an outgoing migration with capability {@code postcopy-ram} to let the guest run at the
   * destination before its memory has arrived ({@code migrate-start-postcopy}). Harmless when
   * postcopy has begun or the migration has ended.
   *
   * @throws MigrationException with fault REQUEST if this migration cannot do postcopy, or is not
   *     active yet
   */
  void startPostcopy() throws MigrationException;

  /**
   * Breaks the link of a migration in {@link MigrationStatus#POSTCOPY_ACTIVE} (or in a recovery) on
   * purpose ({@code migrate-pause}): it becomes {@link MigrationStatus#POSTCOPY_PAUSED}.
   *
   * @throws MigrationException with fault REQUEST in another status
   */
  void pause() throws MigrationException;

  /**
   * Incoming migration in {@link MigrationStatus#POSTCOPY_PAUSED}: waits for the source again
   * ({@code migrate-recover}). Returns when the endpoint listens; the rest happens on the
   * migration's own threads.
   *
   * @param uri where to listen
   * @return where it listens (with the real port)
   * @throws MigrationException with fault REQUEST in another status or direction, ENVIRONMENT if it
   *     cannot listen; the migration stays paused
   */
  Endpoint recover(String uri) throws MigrationException;

  /**
   * Outgoing migration in {@link MigrationStatus#POSTCOPY_PAUSED}: connects again and goes on
   * ({@code migrate} with {@code resume}). Returns at once; if it fails the migration is paused
   * again.
   *
   * @param uri where to connect to
   * @throws MigrationException with fault REQUEST in another status or direction
   */
  void resume(String uri) throws MigrationException;

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
