package org.godwit.coordinator;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationStatistics;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Settings;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;

/**
 * A guest that is waited for. Accepts peers one after the other until one has brought its guest, on
 * one platform thread; every other method may be called by any thread.
 */
final class IncomingMigration extends Job implements Runnable {
  private static final Set<MigrationStatus> POSTCOPY =
      EnumSet.of(
          MigrationStatus.POSTCOPY_ACTIVE,
          MigrationStatus.POSTCOPY_PAUSED,
          MigrationStatus.POSTCOPY_RECOVER);

  private final IncomingMachine machine;
  private final ChannelServer server;
  private final Endpoint local;
  private final boolean mayStart;
  private final Provisions provisions;
  private final RecoveryDoor door = new RecoveryDoor();
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
   * @param provisions what the engine gives later on
   */
  IncomingMigration(
      Terms terms,
      Settings settings,
      IncomingMachine machine,
      ChannelServer server,
      boolean mayStart,
      Provisions provisions) {
    super(terms, settings);
    this.machine = machine;
    this.server = forTwo(server);
    this.local = server.local();
    this.mayStart = mayStart;
    this.provisions = provisions;
  }

  /** With a preempt channel a source connects twice. */
  private ChannelServer forTwo(ChannelServer one) {
    boolean two = settings().has(Capability.POSTCOPY_PREEMPT);
    return two ? new PeerQueue(one, String.valueOf(id())) : one;
  }

  private static Channel first(Channel peer, ChannelServer from) {
    return from instanceof PeerQueue peers ? new PairedChannel(peer, Optional.of(peers)) : peer;
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
        peer = first(server.accept(), server);
      } catch (TransportException e) {
        // a file or command gives one connection; then what was wrong with it counts
        fail(last.orElse(e));
        return;
      }
      IncomingResult result = receive(peer);
      if (!(result instanceof IncomingResult.Failed failed) || !again(failed)) {
        conclude(result);
        return;
      }
      last = Optional.of(failed.cause());
    }
  }

  private IncomingResult receive(Channel peer) throws EndedException {
    channel = Optional.of(peer);
    figures().peerCame(now());
    try (IncomingAttempt current =
        new IncomingAttempt(
            this, machine, peer, server, mayStart, this::settle, provisions, door::shut)) {
      // whoever ended the migration in between did not see the channel
      if (lifecycle().cause().isPresent()) {
        return new IncomingResult.Failed(
            new EndedException(lifecycle().cause().get()), false, false);
      }
      attempt = Optional.of(current);
      IncomingResult result = over(peer, current, current::run);
      while (result instanceof IncomingResult.Broken broken) {
        result = recovered(current, broken);
      }
      return result;
    } finally {
      attempt = Optional.empty();
      hangUp();
    }
  }

  private void hangUp() {
    Optional<Channel> last = channel;
    channel = Optional.empty();
    last.ifPresent(peer -> attempt("close the connection", peer::close));
  }

  /** The guest is ours; under the lock of the lifecycle. */
  private void settle() {
    settled = true;
    guest = GuestLocation.DESTINATION;
  }

  private IncomingResult over(
      Channel peer, IncomingAttempt current, Supplier<IncomingResult> work) {
    channel = Optional.of(peer);
    IncomingResult result = work.get();
    transferred = current.received();
    return result;
  }

  /** The link broke in postcopy: waits until the source is back, as long as that takes. */
  private IncomingResult recovered(IncomingAttempt current, IncomingResult.Broken broken) {
    try {
      attempt("stop listening", server::close);
      current.pause();
      hangUp();
      attemptFailed(error(broken.cause(), guest, "Paused; migrate-recover waits for the source."));
      advance(MigrationStatus.POSTCOPY_PAUSED);
      return comeBack(current);
    } catch (EndedException | RuntimeException | Error e) {
      return current.giveUp(e);
    }
  }

  private IncomingResult comeBack(IncomingAttempt current) throws EndedException {
    while (true) {
      ChannelServer waiting = awaited();
      try {
        Channel peer = returned(waiting);
        return over(peer, current, () -> current.resume(peer));
      } catch (TransportException | RuntimeException | Error e) {
        note("The source did not come back", e);
      } finally {
        attempt("stop listening", () -> door.release(waiting));
      }
    }
  }

  private ChannelServer awaited() throws EndedException {
    Optional<ChannelServer> waiting = door.await();
    lifecycle().check();
    return waiting.orElseThrow(() -> new EndedException(new EndCause.EngineStopped()));
  }

  /** The source, on a new connection; only a preempt channel is still expected behind it. */
  private Channel returned(ChannelServer waiting) throws TransportException {
    Channel peer = first(waiting.accept(), waiting);
    if (!(peer instanceof PairedChannel)) {
      attempt("stop listening", () -> door.release(waiting));
    }
    return peer;
  }

  /** Makes ready for the next peer; false if that is not possible. */
  private boolean again(IncomingResult.Failed failed) throws EndedException {
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
  private static boolean ourFault(IncomingResult.Failed failed) {
    Fault fault = FailureText.of(failed.cause()).fault();
    return fault == Fault.ENVIRONMENT || fault == Fault.LOCAL;
  }

  private void conclude(IncomingResult result) {
    switch (result) {
      case IncomingResult.Arrived arrived -> arrived(arrived.machine());
      case IncomingResult.Held held -> held(held);
      case IncomingResult.Failed failed -> fail(failed.cause());
      case IncomingResult.Lost lost -> lost(lost);
      case IncomingResult.Broken broken ->
          fail(broken.cause()); // never: somebody has recovered or given up
    }
  }

  private void arrived(Machine arrived) {
    guest = GuestLocation.DESTINATION;
    stopListening();
    conclude(MigrationStatus.COMPLETED, guest, Optional.empty(), Optional.of(arrived));
  }

  private void held(IncomingResult.Held held) {
    guest = held.where();
    stopListening();
    MigrationException error = error(held.cause(), held.where(), held.sentence());
    conclude(MigrationStatus.FAILED, guest, Optional.of(error), Optional.of(held.machine()));
  }

  private void lost(IncomingResult.Lost lost) {
    guest = GuestLocation.LOST;
    stopListening();
    attempt("release the machine", lost.machine()::close);
    MigrationException error =
        error(lost.cause(), guest, "The guest ran here without all of its memory and is lost.");
    conclude(MigrationStatus.FAILED, guest, Optional.of(error), Optional.empty());
  }

  private void fail(Throwable thrown) {
    stopListening();
    attempt("discard the machine", machine::discard);
    Throwable cause = lifecycle().cause().<Throwable>map(EndedException::new).orElse(thrown);
    if (status() == MigrationStatus.CANCELLING) {
      conclude(MigrationStatus.CANCELLED, guest, Optional.empty(), Optional.empty());
      return;
    }
    MigrationException error = error(cause, guest, "The guest stays at the source.");
    conclude(MigrationStatus.FAILED, guest, Optional.of(error), Optional.empty());
  }

  /** For good: whoever opens the door from now on finds it shut. */
  private void stopListening() {
    attempt("stop listening", server::close);
    attempt("stop listening", door::shut);
  }

  private static MigrationException error(Throwable cause, GuestLocation where, String more) {
    FailureText text = FailureText.of(cause);
    return new MigrationException(text.fault(), where, text.sentence() + " " + more, cause);
  }

  @Override
  void interruptWork(EndCause why) {
    stopListening();
    channel.ifPresent(c -> c.abort(why.sentence()));
  }

  /** In postcopy only the link is given up. */
  @Override
  void end(EndCause why) {
    if (!endIf(why, () -> !POSTCOPY.contains(status()))) {
      channel.ifPresent(c -> c.abort(why.sentence()));
    }
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
  void shutDown() {
    if (!endIf(new EndCause.EngineStopped(), () -> POSTCOPY.contains(status()))) {
      super.shutDown();
    }
  }

  /**
   * In postcopy only a paused guest is given up: the source has let go of it when the package came.
   */
  @Override
  public void cancel() {
    var _ = endIf(new EndCause.Cancelled(), this::cancellable);
  }

  private boolean cancellable() {
    return status() == MigrationStatus.POSTCOPY_PAUSED
        || (!settled && !POSTCOPY.contains(status()));
  }

  @Override
  public void pause() throws MigrationException {
    MigrationStatus now = status();
    if (now != MigrationStatus.POSTCOPY_ACTIVE && now != MigrationStatus.POSTCOPY_RECOVER) {
      throw refused("Only a migration in postcopy can be paused.");
    }
    channel.ifPresent(c -> c.abort(new EndCause.Paused().sentence()));
  }

  @Override
  public Endpoint recover(String uri) throws MigrationException {
    if (status() != MigrationStatus.POSTCOPY_PAUSED) {
      throw refused("Only a migration in status postcopy-paused can be recovered.");
    }
    ChannelServer waiting = forTwo(provisions.listen(uri, settings()));
    door.open(waiting);
    return waiting.local();
  }

  @Override
  public MigrationStatistics statistics() {
    attempt.ifPresent(current -> current.tell(figures()));
    return super.statistics();
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
    boolean starting = !settled && attempt.filter(IncomingAttempt::starting).isPresent();
    return starting ? GuestLocation.UNCERTAIN : guest;
  }
}
