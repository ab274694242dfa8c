package org.godwit.shell.migration;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.godwit.api.migration.Downtime;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatistics;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.transport.Endpoint;

/** A migration that stands still at a status. */
public final class FakeMigration implements Migration {
  public static final MigrationStatistics FIGURES =
      new MigrationStatistics(
          1_000_000,
          8192,
          1L << 30,
          100,
          200,
          4096,
          50,
          3,
          812.5,
          4000,
          900_000,
          100_000,
          Duration.ofMillis(1234),
          Duration.ofMillis(5),
          Duration.ofMillis(40),
          new Downtime(
              Duration.ofNanos(100_000),
              Duration.ofMillis(2),
              Duration.ofMillis(1),
              Duration.ofNanos(400_000)),
          Optional.empty(),
          Optional.empty());

  private final Direction direction;
  private final MigrationStatus status;
  private final CompletableFuture<MigrationOutcome> outcome = new CompletableFuture<>();

  FakeMigration(Direction direction, MigrationStatus status) {
    this.direction = direction;
    this.status = status;
  }

  FakeMigration ended(GuestLocation guest, Optional<MigrationException> error) {
    outcome.complete(new MigrationOutcome(status, guest, error, FIGURES, Optional.empty()));
    return this;
  }

  @Override
  public long id() {
    return 7;
  }

  @Override
  public Direction direction() {
    return direction;
  }

  @Override
  public String machine() {
    return "vm";
  }

  @Override
  public Endpoint endpoint() {
    return new Endpoint("tcp", "127.0.0.1:4444");
  }

  @Override
  public Settings settings() {
    return Settings.defaults();
  }

  @Override
  public void set(Parameter parameter, String text) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MigrationStatus status() {
    return status;
  }

  @Override
  public MigrationStatistics statistics() {
    return FIGURES;
  }

  @Override
  public GuestLocation guest() {
    return GuestLocation.SOURCE;
  }

  @Override
  public void cancel() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void proceed() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void startPostcopy() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void pause() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Endpoint recover(String uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resume(String uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<MigrationOutcome> outcome() {
    return outcome;
  }

  @Override
  public Registration listen(MigrationListener listener) {
    return () -> {};
  }
}
