package org.godwit.coordinator;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.Downtime;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.TransportException;
import org.godwit.coordinator.Ownership.Rule;
import org.godwit.coordinator.Ownership.Stage;

/**
 * The second half of an outgoing migration by postcopy: the guest goes, its memory follows, over as
 * many connections as it takes (postcopy, sections 3 and 7; docs/ownership.md). Once the package
 * was handed to the link, every failure only pauses it.
 *
 * <p>Belongs to the sending thread, except what says otherwise.
 */
final class Postcopy implements ReturnPath.PostcopyEar {
  /** What one connection is used for. */
  @FunctionalInterface
  private interface Work {
    void run()
        throws EndedException, StateException, MachineException, IOException, InterruptedException;
  }

  private final OutgoingMigration migration;
  private final SourceStream stream;
  private final PostcopyState memory;
  private final Object monitor;
  private final AtomicLong requests = new AtomicLong();
  // volatile: set before the package is sent, read by the return path's thread
  private volatile long sentAt;
  // volatile: replaced with each connection by the sending thread, woken by the return path's
  private volatile Optional<UrgentSender> urgent = Optional.empty();
  private boolean allSent;
  private long recoveries;
  // volatile: set by the sending thread for each connection, told by the return path's thread
  private volatile Optional<MemoryRelease> release = Optional.empty();
  private volatile Optional<Backlog> backlog = Optional.empty();
  // guarded by monitor
  private Optional<Dial> dial = Optional.empty();

  /**
   * Prepares it.
   *
   * @param migration whose second half it is
   * @param stream what sends
   * @param memory what follows
   * @param monitor is notified when there is something to do
   */
  Postcopy(OutgoingMigration migration, SourceStream stream, PostcopyState memory, Object monitor) {
    this.migration = migration;
    this.stream = stream;
    this.memory = memory;
    this.monitor = monitor;
  }

  /** Does all of it; returns when the destination has everything. */
  void run(SourceLink first)
      throws EndedException, StateException, MachineException, IOException, InterruptedException {
    PackageBuffer packed = begin(first);
    if (!use(first, () -> hand(packed, first))) {
      comeBack();
    }
    end();
  }

  /** Goes on where an earlier process ended; returns when the destination has everything. */
  void rejoin(Dial first)
      throws EndedException, StateException, MachineException, IOException, InterruptedException {
    synchronized (monitor) {
      dial = Optional.of(first);
    }
    comeBack();
    end();
  }

  private void comeBack()
      throws EndedException, StateException, MachineException, IOException, InterruptedException {
    boolean done = false;
    while (!done) {
      SourceLink next = connectAgain();
      done = use(next, () -> recover(next));
    }
  }

  private void end() {
    left();
    releaseRest();
    count();
    migration.departures().ifPresent(Departures::settled);
  }

  private void releaseRest() {
    memory.allConfirmed();
    boolean more = memory.release();
    while (more) {
      more = memory.release();
    }
  }

  /** Until the package goes out the guest is the source's. */
  private PackageBuffer begin(SourceLink link)
      throws EndedException, StateException, MachineException, IOException, InterruptedException {
    if (migration.links().preempt() == PreemptChannel.AT_SWITCHOVER) {
      migration.links().openUrgent(link);
    }
    long begin = migration.now();
    migration.switchover().stopGuest(stream);
    migration.switchover().pause();
    migration.advance(MigrationStatus.DEVICE);
    long quiet = migration.now();
    stream.discard();
    long passed = migration.now();
    useUrgent(link);
    PackageBuffer packed = stream.pack();
    String to = migration.endpoint().toString();
    migration.departures().ifPresent(notes -> notes.departs(to));
    migration.lifecycle().checked(() -> migration.ownership().advance(Stage.SPLIT));
    sentAt = migration.now();
    // only now: an answer to a package that was not sent yet proves nothing
    link.ear().orElseThrow().serve(this);
    downtime(quiet - begin, passed - quiet, sentAt - passed);
    return packed;
  }

  private void useUrgent(SourceLink link) {
    if (link.urgent().isEmpty()) {
      return;
    }
    memory.urgentChannel(migration.links().urgentOut(link.urgent().get()));
    UrgentSender sender =
        new UrgentSender("godwit-urgent-" + migration.id(), memory::deliver, e -> broke(link, e));
    urgent = Optional.of(sender);
    link.deliver(sender);
  }

  /** The second connection failed; told by its thread. */
  private void broke(SourceLink link, Throwable why) {
    FailureText text = FailureText.of(why);
    link.fail(new EndCause.PeerFailed(text.fault(), text.sentence()));
    wake();
  }

  private void downtime(long stop, long last, long devices) {
    migration
        .figures()
        .downtime(
            new Downtime(
                Duration.ofNanos(stop),
                Duration.ofNanos(last),
                Duration.ofNanos(devices),
                Duration.ZERO));
  }

  private void hand(PackageBuffer packed, SourceLink link)
      throws EndedException, StateException, IOException, InterruptedException {
    link.channel().preferLatency();
    stream.send(packed);
    migration.figures().postcopyAt(stream.position());
    migration.advance(MigrationStatus.POSTCOPY_ACTIVE);
    follow(link, letGo());
  }

  private void recover(SourceLink link)
      throws EndedException, StateException, IOException, InterruptedException {
    migration.advance(MigrationStatus.POSTCOPY_RECOVER);
    // what the last link took with it is missing again
    allSent = false;
    link.channel().preferLatency();
    stream.attach(link.channel());
    new Recovery(migration, stream, memory, () -> prepareUrgent(link)).run(link, this);
    recoveries++;
    if (migration.ownership().rule() == Rule.STARTS_BY_ITSELF) {
      // QEMU takes up a migration again only if its guest runs; a Godwit may still be loading the
      // devices, and repeats PONG 3 when it is not
      left();
    }
    MemoryRelease letGo = letGo();
    // the bitmaps have told what arrived; the rest of it goes beside the pages that follow
    var _ = letGo.some();
    migration.advance(MigrationStatus.POSTCOPY_ACTIVE);
    follow(link, letGo);
  }

  private MemoryRelease letGo() {
    MemoryRelease made =
        new MemoryRelease(stream, memory, () -> migration.ownership().stage() == Stage.LEFT);
    release = Optional.of(made);
    return made;
  }

  private void prepareUrgent(SourceLink link)
      throws EndedException, IOException, InterruptedException {
    if (migration.links().preempt() == PreemptChannel.AT_SWITCHOVER) {
      migration.links().openUrgent(link);
    }
    useUrgent(link);
  }

  private void follow(SourceLink link, MemoryRelease letGo)
      throws EndedException, StateException, IOException, InterruptedException {
    Backlog queued = new Backlog(stream.position());
    backlog = Optional.of(queued);
    new PostcopyLoop(migration, stream, memory, link, monitor, letGo, queued, this::count).run();
    // what was taken for the second connection comes before END
    link.endUrgent();
    link.check();
    link.expectShut();
    stream.finishFollowing();
    if (migration.links().preempt() == PreemptChannel.AT_SETUP) {
      memory.endUrgentChannel();
    }
    allSent = true;
    migration.switchover().awaitShut(link.ear().orElseThrow());
  }

  /** Uses a connection; false if it broke, and the migration is paused. */
  private boolean use(SourceLink link, Work work)
      throws EndedException, StateException, MachineException, IOException, InterruptedException {
    try {
      work.run();
      return true;
    } catch (EndedException
        | StateException
        | MachineException
        | IOException
        | RuntimeException
        | Error e) {
      migration.lifecycle().check();
      return survives(link, e);
    }
  }

  private boolean survives(SourceLink link, Throwable failure) throws EndedException {
    ReturnPath ear = link.ear().orElseThrow();
    if (link.expectsShut() || migration.ownership().stage() == Stage.SPLIT) {
      link.awaitLastWords();
    }
    OptionalLong shut = ear.shut();
    if (link.expectsShut() && shut.isPresent() && shut.getAsLong() == 0) {
      return true;
    }
    if (ear.packageLoaded()) {
      left();
    }
    boolean refused = shut.isPresent() && shut.getAsLong() != 0;
    if (refused && migration.ownership().stage() == Stage.SPLIT) {
      // PONG 3 comes before RUN, and messages keep their order: the guest never ran there
      throw new EndedException(
          new EndCause.PeerFailed(Fault.PEER, "The destination refused the package."));
    }
    pause(link, failure);
    return false;
  }

  private void pause(SourceLink link, Throwable failure) throws EndedException {
    Throwable why = link.broken().<Throwable>map(EndedException::new).orElse(failure);
    migration.links().giveUp(link, FailureText.of(why).sentence());
    count();
    migration.advance(MigrationStatus.POSTCOPY_PAUSED);
    tell(why);
  }

  private void tell(Throwable why) {
    FailureText text = FailureText.of(why);
    migration.attemptFailed(
        new MigrationException(
            text.fault(),
            migration.guest(),
            text.sentence() + " Both halves of the guest are kept; resume the migration.",
            why));
  }

  private SourceLink connectAgain() throws EndedException, InterruptedException {
    while (true) {
      Dial next = awaitDial();
      // from the next status on it may be broken again
      migration.links().mend();
      migration.advance(MigrationStatus.POSTCOPY_RECOVER_SETUP);
      try {
        return migration.links().open(next, Recovery.mostBitmap(memory));
      } catch (EndedException | TransportException | RuntimeException | Error e) {
        migration.lifecycle().check();
        migration.advance(MigrationStatus.POSTCOPY_PAUSED);
        tell(e);
      }
    }
  }

  private Dial awaitDial() throws EndedException, InterruptedException {
    synchronized (monitor) {
      while (dial.isEmpty()) {
        migration.lifecycle().check();
        monitor.wait();
      }
      Dial next = dial.get();
      dial = Optional.empty();
      return next;
    }
  }

  /**
   * Goes on over another connection, from any thread.
   *
   * @return false if it is not paused, or was told before
   */
  boolean resume(Dial next) {
    synchronized (monitor) {
      if (migration.status() != MigrationStatus.POSTCOPY_PAUSED || dial.isPresent()) {
        return false;
      }
      dial = Optional.of(next);
      monitor.notifyAll();
      return true;
    }
  }

  /**
   * Whether the destination needs nothing more from here, should it have taken what was sent. That
   * it has taken it is told by SHUT 0 alone: what a broken link held is lost.
   */
  boolean allSent() {
    return allSent;
  }

  /** The return path's thread. */
  @Override
  public void request(String block, long start, long length) throws StateException {
    requests.incrementAndGet();
    memory.request(block, start, length);
    if (urgent.isPresent()) {
      urgent.get().asked();
    } else {
      wake();
    }
  }

  /** The return path's thread. */
  @Override
  public void packageLoaded() {
    left();
    wake();
  }

  /** The return path's thread. */
  @Override
  public void arrived(long mark) {
    release.ifPresent(letGo -> letGo.arrived(mark));
    wake();
  }

  /** The return path's thread. */
  @Override
  public void answered(long value) {
    backlog.ifPresent(queued -> queued.answer(value, migration.now()));
    wake();
  }

  private void wake() {
    synchronized (monitor) {
      monitor.notifyAll();
    }
  }

  /** The destination runs the guest; told by the return path's thread, or known since. */
  private synchronized void left() {
    Duration taken = Duration.ofNanos(migration.now() - sentAt);
    try {
      if (migration.switchover().leave()) {
        migration.figures().handedOver(taken);
      }
    } catch (MachineException | RuntimeException e) {
      // it is stopped since the switchover; only its label is not what it should be
      migration.note("The guest left, but its machine could not be marked", e);
    }
  }

  private void count() {
    RamCounters pages = migration.figures().counters();
    migration
        .figures()
        .postcopy(
            new PostcopyStatistics(
                requests.get(),
                pages.requestedPages(),
                pages.backgroundPages(),
                0,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                List.of(),
                recoveries,
                pages.releasedBytes()));
  }
}
