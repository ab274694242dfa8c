package org.godwit.coordinator;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationListener;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatistics;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.transport.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What both directions of a migration share: identity, settings, status, listeners, outcome.
 * Thread-safe; the subclass's work is done by one thread that it starts.
 */
abstract class Job implements Migration {
  private static final Logger LOG = LoggerFactory.getLogger(Job.class);

  /**
   * What does not change.
   *
   * @param id number in this container
   * @param machine name of the machine
   * @param services what it uses
   * @param time clock
   */
  record Terms(long id, String machine, Lease.Set services, TimeSource time) {}

  private final Terms terms;
  private final EventLine events = new EventLine();
  private final Lifecycle lifecycle = new Lifecycle(this::statusChanged);
  private final List<MigrationListener> listeners = new CopyOnWriteArrayList<>();
  private final CompletableFuture<MigrationOutcome> outcome = new CompletableFuture<>();
  private final Figures figures;
  private final StallWatch watch = new StallWatch();
  // volatile: replaced by whoever changes a parameter, read by the migration's own thread
  private volatile Settings settings;

  Job(Terms terms, Settings settings) {
    this.terms = terms;
    this.settings = settings;
    this.figures = new Figures(terms.time().nanoTime());
  }

  /** Starts the work. */
  abstract void start();

  /** Makes every blocked call of this migration return, now that it was ended. */
  abstract void interruptWork(EndCause why);

  /** Bytes moved so far. */
  abstract long transferred();

  Terms terms() {
    return terms;
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  Figures figures() {
    return figures;
  }

  StallWatch watch() {
    return watch;
  }

  long now() {
    return terms.time().nanoTime();
  }

  /** Ends this migration for a cause, from any thread. */
  void end(EndCause why) {
    var _ = endIf(why, () -> true);
  }

  /** The same if a condition holds at that moment; says whether this ended it. */
  boolean endIf(EndCause why, BooleanSupplier condition) {
    boolean first = lifecycle.endIf(why, condition);
    if (first) {
      attempt("interrupt the work", () -> interruptWork(why));
    }
    events.deliver();
    return first;
  }

  /** Whether a service is in use. */
  boolean uses(Object service) {
    return terms.services().uses(service);
  }

  /** The engine goes: ends this migration, with the guest where it is. */
  void shutDown() {
    cancel();
  }

  /** Ends this migration although it may have been ended before, or be beyond a cancel. */
  void abandon(EndCause why) {
    if (!endIf(why, () -> true) && !status().isFinal()) {
      attempt("interrupt the work", () -> interruptWork(why));
    }
  }

  /** A look by the watchdog. */
  void tick(long now) {
    long timeout = settings.number(Parameter.STALL_TIMEOUT);
    if (watch.stalled(now, timeout * 1_000_000)) {
      stalled(new EndCause.Stalled(Duration.ofMillis(timeout)));
    }
  }

  /** The peer made no progress in time; called by the watchdog. */
  void stalled(EndCause.Stalled why) {
    end(why);
  }

  /** Enters status setup, before anybody else knows this migration. */
  void begin() {
    lifecycle.begin();
  }

  void advance(MigrationStatus next) throws EndedException {
    lifecycle.advance(next);
    events.deliver();
  }

  void passDone(long pass) {
    FlightEvents.pass(this, pass);
    tell(listener -> listener.passDone(this, pass));
  }

  void attemptFailed(MigrationException error) {
    LOG.warn("Migration {} of {}: {}", id(), machine(), error.getMessage());
    tell(listener -> listener.attemptFailed(this, error));
  }

  /** Logs something that does not change the outcome. */
  void note(String what, Throwable why) {
    LOG.warn("Migration {} of {}: {}", id(), machine(), what, why);
  }

  /** Logs something that nothing went wrong for. */
  void note(String what) {
    LOG.warn("Migration {} of {}: {}", id(), machine(), what);
  }

  /** One step of tidying up; its failure keeps no other step and no outcome from happening. */
  void attempt(String what, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      note("Cannot " + what, e);
    }
  }

  /** Ends the migration with its outcome; the last thing that its thread does. */
  void conclude(
      MigrationStatus last,
      GuestLocation guest,
      Optional<MigrationException> error,
      Optional<Machine> machine) {
    figures.ended(now());
    lifecycle.conclude(last);
    error.ifPresent(this::logFailure);
    MigrationOutcome result = new MigrationOutcome(last, guest, error, statistics(), machine);
    FlightEvents.end(this, result);
    events.add(() -> outcome.complete(result));
    events.deliver();
  }

  /** The sentence says what happened; where it did is for those who debug. */
  private void logFailure(MigrationException error) {
    LOG.warn("Migration {} of {}: {}", id(), machine(), error.getMessage());
    LOG.debug("Migration {} of {} failed here", id(), machine(), error);
  }

  private void statusChanged(MigrationStatus status) {
    LOG.info("Migration {} of {} is {}", id(), machine(), status.wireName());
    FlightEvents.status(this, status.wireName());
    events.add(() -> deliver(listener -> listener.statusChanged(this, status)));
  }

  private void tell(Consumer<MigrationListener> event) {
    events.add(() -> deliver(event));
    events.deliver();
  }

  private void deliver(Consumer<MigrationListener> event) {
    for (MigrationListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.warn("A listener of migration {} failed", id(), e);
      }
    }
  }

  @Override
  public long id() {
    return terms.id();
  }

  @Override
  public String machine() {
    return terms.machine();
  }

  @Override
  public Settings settings() {
    return settings;
  }

  @Override
  public synchronized void set(Parameter parameter, String text) {
    settings = settings.with(parameter, text);
  }

  @Override
  public MigrationStatus status() {
    return lifecycle.status();
  }

  @Override
  public MigrationStatistics statistics() {
    return figures.snapshot(now(), transferred());
  }

  @Override
  public void cancel() {
    end(new EndCause.Cancelled());
  }

  @Override
  public void proceed() throws MigrationException {
    throw new MigrationException(
        Fault.REQUEST,
        guest(),
        "Migration %d is %s, not pre-switchover.".formatted(id(), status().wireName()));
  }

  @Override
  public void startPostcopy() throws MigrationException {
    throw refused("Postcopy is started at the source, with capability postcopy-ram on.");
  }

  @Override
  public void pause() throws MigrationException {
    throw refused("Only a migration in postcopy can be paused.");
  }

  @Override
  public Endpoint recover(String uri) throws MigrationException {
    throw refused("Only an incoming migration in status postcopy-paused can be recovered.");
  }

  @Override
  public void resume(String uri) throws MigrationException {
    throw refused("Only an outgoing migration in status postcopy-paused can be resumed.");
  }

  /** A request that does not fit the status. */
  final MigrationException refused(String sentence) {
    return new MigrationException(
        Fault.REQUEST,
        guest(),
        "Migration %d is %s. %s".formatted(id(), status().wireName(), sentence));
  }

  @Override
  public CompletionStage<MigrationOutcome> outcome() {
    return outcome.minimalCompletionStage();
  }

  @Override
  public Registration listen(MigrationListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public String toString() {
    return "Migration %d of %s (%s)".formatted(id(), machine(), status().wireName());
  }
}
