package org.godwit.coordinator;

import java.util.Optional;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Settings;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.coordinator.IncomingAttempt.Result;

/**
 * A guest that is waited for. Accepts peers one after the other until one has brought its guest, on
 * one platform thread; every other method may be called by any thread.
 */
final class IncomingMigration extends Job implements Runnable {
  private final IncomingMachine machine;
  private final ChannelServer server;
  private final Endpoint local;
  private final boolean mayStart;
  // volatile: set by the receiving thread, used by whoever ends or watches the migration
  private volatile Optional<Channel> channel = Optional.empty();
  private volatile Optional<IncomingAttempt> attempt = Optional.empty();
  private volatile GuestLocation guest = GuestLocation.SOURCE;
  private volatile long transferred;
  // volatile: set by the receiving thread, asked by whoever cancels, both under the lifecycle's
  // lock
  private volatile boolean settled;

  /**
   * Prepares to receive.
   *
   * @param terms what does not change
   * @param settings settings, checked
   * @param machine what receives; belongs to this migration
   * @param server listens; belongs to this migration
   * @param mayStart whether the guest may be started here
   */
  IncomingMigration(
      Terms terms,
      Settings settings,
      IncomingMachine machine,
      ChannelServer server,
      boolean mayStart) {
    super(terms, settings);
    this.machine = machine;
    this.server = server;
    this.local = server.local();
    this.mayStart = mayStart;
  }

  @Override
  void start() {
    server.onRefused(this::refused);
    var _ = Thread.ofPlatform().name("godwit-receive-" + id()).daemon().start(this);
  }

  /** A peer that did not get past the door, told by any thread; it is no matter of the guest's. */
  private void refused(TransportException why) {
    if (attempt.isPresent() || status().isFinal()) {
      note("A peer was turned away", why);
    } else {
      attemptFailed(error(why, GuestLocation.SOURCE, "Waiting for the next peer."));
    }
  }

  @Override
  public void run() {
    try {
      serve();
    } catch (EndedException | RuntimeException | Error e) {
      fail(e);
    }
  }

  private void serve() throws EndedException {
    Optional<Throwable> last = Optional.empty();
    while (true) {
      Channel peer;
      try {
        peer = server.accept();
      } catch (TransportException e) {
        // a file or command gives one connection; then what was wrong with it counts
        fail(last.orElse(e));
        return;
      }
      Result result = receive(peer);
      if (!(result instanceof Result.Failed failed) || !again(failed)) {
        conclude(result);
        return;
      }
      last = Optional.of(failed.cause());
    }
  }

  private Result receive(Channel peer) {
    channel = Optional.of(peer);
    figures().peerCame(now());
    try (IncomingAttempt current =
        new IncomingAttempt(this, machine, peer, server, mayStart, () -> settled = true)) {
      // whoever ended the migration in between did not see the channel
      if (lifecycle().cause().isPresent()) {
        return new Result.Failed(new EndedException(lifecycle().cause().get()), false, false);
      }
      attempt = Optional.of(current);
      Result result = current.run();
      transferred = current.received();
      return result;
    } finally {
      attempt = Optional.empty();
      channel = Optional.empty();
      attempt("close the connection", peer::close);
    }
  }

  /** Makes ready for the next peer; false if that is not possible. */
  private boolean again(Result.Failed failed) throws EndedException {
    lifecycle().check();
    if (failed.spent() || ourFault(failed) || (failed.touched() && !machine.reset())) {
      return false;
    }
    attemptFailed(error(failed.cause(), GuestLocation.SOURCE, "Waiting for the next peer."));
    if (status() == MigrationStatus.ACTIVE) {
      advance(MigrationStatus.SETUP);
    }
    return true;
  }

  /** A full disk is full for the next peer too; whoever waits for a guest has to hear of it. */
  private static boolean ourFault(Result.Failed failed) {
    Fault fault = FailureText.of(failed.cause()).fault();
    return fault == Fault.ENVIRONMENT || fault == Fault.LOCAL;
  }

  private void conclude(Result result) {
    switch (result) {
      case Result.Arrived arrived -> arrived(arrived.machine());
      case Result.Held held -> held(held);
      case Result.Failed failed -> fail(failed.cause());
    }
  }

  private void arrived(Machine arrived) {
    guest = GuestLocation.DESTINATION;
    attempt("stop listening", server::close);
    conclude(MigrationStatus.COMPLETED, guest, Optional.empty(), Optional.of(arrived));
  }

  private void held(Result.Held held) {
    guest = held.where();
    attempt("stop listening", server::close);
    MigrationException error = error(held.cause(), held.where(), held.sentence());
    conclude(MigrationStatus.FAILED, guest, Optional.of(error), Optional.of(held.machine()));
  }

  private void fail(Throwable thrown) {
    attempt("stop listening", server::close);
    attempt("discard the machine", machine::discard);
    Throwable cause = lifecycle().cause().<Throwable>map(EndedException::new).orElse(thrown);
    if (status() == MigrationStatus.CANCELLING) {
      conclude(MigrationStatus.CANCELLED, guest, Optional.empty(), Optional.empty());
      return;
    }
    MigrationException error = error(cause, guest, "The guest stays at the source.");
    conclude(MigrationStatus.FAILED, guest, Optional.of(error), Optional.empty());
  }

  private static MigrationException error(Throwable cause, GuestLocation where, String more) {
    FailureText text = FailureText.of(cause);
    return new MigrationException(text.fault(), where, text.sentence() + " " + more, cause);
  }

  @Override
  void interruptWork(EndCause why) {
    attempt("stop listening", server::close);
    channel.ifPresent(c -> c.abort(why.sentence()));
  }

  @Override
  void tick(long now) {
    super.tick(now);
    attempt.ifPresent(current -> current.tick(now));
  }

  /** A source that may come back on another connection is still waited for there. */
  @Override
  void stalled(EndCause.Stalled why) {
    if (attempt.filter(current -> current.survives(why)).isEmpty()) {
      super.stalled(why);
    }
  }

  @Override
  public void cancel() {
    var _ = endIf(new EndCause.Cancelled(), () -> !settled);
  }

  @Override
  long transferred() {
    return attempt.map(IncomingAttempt::received).orElse(transferred);
  }

  @Override
  public Direction direction() {
    return Direction.INCOMING;
  }

  @Override
  public Endpoint endpoint() {
    return local;
  }

  @Override
  public GuestLocation guest() {
    return guest;
  }
}
