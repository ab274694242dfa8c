package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.savestate.DeviceLoader;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;

/**
 * One connection of an incoming migration: loads the guest, makes it whole, and finds out whether
 * it may start here (docs/ownership.md). Belongs to the receiving thread.
 */
final class IncomingAttempt implements AutoCloseable {
  /** How a connection ended. */
  sealed interface Result {
    /**
     * The guest is here and, if it was to, runs.
     *
     * @param machine the machine
     */
    record Arrived(Machine machine) implements Result {}

    /**
     * The guest is here whole, but stopped.
     *
     * @param machine the machine
     * @param where what is known about its owner
     * @param sentence what happened and what may be done
     * @param cause why
     */
    record Held(Machine machine, GuestLocation where, String sentence, Throwable cause)
        implements Result {}

    /**
     * Nothing arrived.
     *
     * @param cause why
     * @param touched whether the machine was changed
     * @param spent whether the machine was given up by the failure
     */
    record Failed(Throwable cause, boolean touched, boolean spent) implements Result {}

    /**
     * The connection broke in postcopy; nothing is lost if the source comes back.
     *
     * @param cause why
     */
    record Broken(Throwable cause) implements Result {}

    /**
     * The guest ran here and is given up although not all of its memory came.
     *
     * @param cause why
     * @param machine what is left of it, stopped
     */
    record Lost(Throwable cause, Machine machine) implements Result {}
  }

  /** One connection. */
  private record Link(
      Channel channel,
      ChannelReader in,
      Answers answers,
      StreamLoader loader,
      Optional<UrgentLane> lane,
      CountDownLatch readingEnded) {}

  private static final long STOP_MILLIS = 2000;
  private static final String BROKEN = "The connection is given up until the source comes back.";

  private final Job job;
  private final IncomingMachine machine;
  private final boolean mayStart;
  private final Runnable settled;
  private final Runnable refusedLater;
  private final ChannelServer server;
  // volatile: set by the receiving thread, looked at by the watchdog
  private volatile Optional<Consent> consent = Optional.empty();
  private final List<LiveLoad> live = new ArrayList<>();
  private final DeviceLoader devices;
  private final IncomingPostcopy postcopy;
  // volatile: replaced by the receiving thread, used by the package's and by whoever asks
  private volatile Link link;
  private volatile long earlier;
  // volatile: set by whoever finds the trap gone, read by the receiving thread at the end
  private volatile boolean heldBack;
  // all of the memory is here: nobody needs the trap any more
  private boolean whole;
  // volatile: set by the thread of the package, read at the end
  private volatile Optional<Machine> unsettled = Optional.empty();

  /**
   * Prepares a connection.
   *
   * @param job the migration
   * @param machine what receives
   * @param channel connection; the caller closes it
   * @param server accepts a source that comes back to hand its guest over
   * @param mayStart whether the guest may be started here
   * @param settled is run when the guest is ours and nobody can cancel any more
   * @param provisions what the engine gives
   * @param refusedLater is run when devices prove wrong, perhaps while the link is broken
   */
  IncomingAttempt(
      Job job,
      IncomingMachine machine,
      Channel channel,
      ChannelServer server,
      boolean mayStart,
      Runnable settled,
      Provisions provisions,
      Runnable refusedLater) {
    this.refusedLater = refusedLater;
    this.server = server;
    this.job = job;
    this.machine = machine;
    this.mayStart = mayStart;
    this.settled = settled;
    TargetContext context =
        new TargetContext(
            machine, job::settings, job.figures().counters(), () -> answers().isOpen(), provisions);
    for (Lease<LiveStateProvider> lease : job.terms().services().live()) {
      lease.service().incoming(context).ifPresent(live::add);
    }
    this.devices = job.terms().services().devices().service().incoming(context);
    this.postcopy =
        new IncomingPostcopy(job, live, new Begin(), this::refusePackage, machine.discards());
    ChannelReader in = reader(channel);
    Answers answers = answers(channel);
    this.link =
        new Link(
            channel,
            in,
            answers,
            new StreamLoader(
                in,
                context,
                live,
                devices,
                answers,
                channel.bidirectional(),
                postcopy,
                this::accepted),
            UrgentLane.beside(channel),
            new CountDownLatch(1));
  }

  private ChannelReader reader(Channel channel) {
    return new ChannelReader(channel, ChannelReader.STREAM_STAGING, job.watch());
  }

  private Answers answers(Channel channel) {
    boolean acknowledge = job.settings().has(Capability.SWITCHOVER_ACK);
    return new Answers(channel, job.watch(), acknowledge, this::untrapped);
  }

  private void accepted() throws EndedException {
    job.figures().setupEnded(job.now());
    job.advance(MigrationStatus.ACTIVE);
  }

  /** Bytes received. */
  long received() {
    return earlier + link.in().received();
  }

  /** Whether the guest is about to run here. */
  boolean starting() {
    return postcopy.starting();
  }

  /** Puts the figures of postcopy, if there are any, where they are asked for. */
  void tell(Figures figures) {
    postcopy.tell(figures);
  }

  /** Receives the guest. */
  Result run() {
    postcopy.beside(link.lane());
    link.lane().ifPresent(UrgentLane::start);
    try {
      load(link);
      if (postcopy.listening()) {
        return finish();
      }
      job.lifecycle().check();
    } catch (IOException
        | StateException
        | MachineException
        | EndedException
        | RuntimeException
        | Error e) {
      return broken(e);
    }
    return commit();
  }

  private void load(Link from)
      throws IOException, StateException, MachineException, EndedException {
    try {
      from.loader().load();
    } finally {
      from.readingEnded().countDown();
    }
  }

  private Result broken(Throwable cause) {
    if (postcopy.carried()) {
      return new Result.Broken(cause);
    }
    postcopy.abandon();
    postcopy.awaitPackage();
    if (postcopy.machine().isPresent()) {
      // RUN came without a package, or while this thread failed
      return new Result.Broken(cause);
    }
    refuse();
    return new Result.Failed(
        postcopy.failure().orElse(cause), link.loader().touched(), postcopy.listening());
  }

  /** The connection broke in postcopy: what is here waits for the next one. */
  void pause() {
    // whoever writes a request to a source that does not read lets go of the answers
    job.attempt("break the link", () -> link.channel().abort(BROKEN));
    closeLane();
    postcopy.pause();
    disconnect();
  }

  private void closeLane() {
    link.lane().ifPresent(lane -> job.attempt("release the preempt channel", lane::close));
  }

  private void disconnect() {
    Link old = link;
    job.attempt("release the answers", old.answers()::close);
    job.attempt("release the input", old.in()::close);
  }

  /** The source has come back. */
  Result resume(Channel channel) {
    try {
      postcopy.recover();
      replaceLink(channel);
    } catch (EndedException | RuntimeException | Error e) {
      return new Result.Broken(e);
    }
    return run();
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // single writer
  private void replaceLink(Channel channel) {
    Link old = link;
    ChannelReader in = reader(channel);
    Answers answers = answers(channel);
    answers.reopen();
    earlier += old.in().received();
    StreamLoader loader = old.loader().continued(in, answers);
    link =
        new Link(channel, in, answers, loader, UrgentLane.beside(channel), new CountDownLatch(1));
  }

  /** RUN came, on the thread of the package. */
  private final class Begin implements IncomingPostcopy.Begin {
    @Override
    public Machine commit() throws MachineException, EndedException {
      Machine arrived = machine.commit();
      try {
        job.lifecycle().checked(settled);
      } catch (EndedException | RuntimeException | Error e) {
        // closed at the end only: the receiving thread may still write to its memory
        unsettled = Optional.of(arrived);
        throw e;
      }
      return arrived;
    }

    @Override
    public void start(Machine arrived) {
      try {
        startTrapped(arrived);
      } catch (MachineException | RuntimeException | Error e) {
        // it is ours all the same: its memory goes on coming, and it can be started by hand
        job.note("The guest is here but does not start", e);
      }
    }
  }

  private void startTrapped(Machine arrived) throws MachineException {
    if (!heldBack) {
      startGuest(arrived);
    }
    // again: whoever found the trap gone meanwhile may have stopped the guest before it started
    if (heldBack) {
      var _ = stop(arrived);
    }
  }

  /** The devices were refused, on the thread of the package: the guest has not run here. */
  private void refusePackage() {
    refuse();
    hangUp();
    refusedLater.run();
  }

  /** In order, so that SHUT arrives; a source that does not end the connection then is cut off. */
  private void hangUp() {
    Link last = link;
    Channel channel = last.channel();
    try {
      channel.endOutput();
      if (last.readingEnded().await(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (IOException e) {
      job.note("The link is broken already", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    channel.abort("The devices cannot be loaded.");
  }

  /** Any thread: the guest would wait for ever for a page that nobody asks for. */
  private void untrapped(String reason) {
    heldBack = true;
    link.channel().abort(reason);
    var _ =
        Thread.ofPlatform()
            .name("godwit-untrapped-" + job.id())
            .daemon()
            .start(() -> postcopy.machine().ifPresent(this::stop));
  }

  private boolean stop(Machine stopping) {
    try {
      stopping.stop(RunState.PAUSED);
      return true;
    } catch (MachineException | RuntimeException | Error e) {
      job.note("The guest does not stop", e);
      return false;
    }
  }

  /** END and EOF came in postcopy. */
  private Result finish() {
    try {
      postcopy.finish();
    } catch (StateException | RuntimeException | Error e) {
      return broken(e);
    }
    whole = true;
    Optional<Throwable> failure = postcopy.awaitPackage();
    if (failure.isPresent()) {
      return new Result.Failed(failure.get(), true, true);
    }
    Optional<Machine> running = postcopy.machine();
    return running.isPresent() ? complete(running.get()) : commit();
  }

  /** All of a running guest is here. */
  private Result complete(Machine arrived) {
    try {
      if (heldBack) {
        startGuest(arrived);
      }
    } catch (MachineException | RuntimeException | Error e) {
      return new Result.Held(
          arrived, GuestLocation.DESTINATION, "The guest is here but does not start.", e);
    }
    farewell();
    return new Result.Arrived(arrived);
  }

  private void farewell() {
    try {
      answers().shut(true);
      link.in().drain();
    } catch (IOException | RuntimeException | Error e) {
      job.note(
          "The guest is here with all of its memory, but the source may not have heard of it; a QEMU"
              + " source may run its guest again. See to it that it does not",
          e);
    }
  }

  /**
   * A paused guest is given up: it is stopped before its missing pages can read as zeros.
   *
   * @param cause why
   * @return lost if the guest ran here; else it still is at the source
   */
  Result giveUp(Throwable cause) {
    postcopy.abandon();
    // it may be about to start the guest
    postcopy.awaitPackage();
    Optional<Machine> lost = postcopy.machine();
    lost.ifPresent(this::stopWithin);
    return lost.isPresent()
        ? new Result.Lost(cause, lost.get())
        : new Result.Failed(postcopy.failure().orElse(cause), true, true);
  }

  /** Whether it has stopped for certain. */
  private boolean stopWithin(Machine lost) {
    FutureTask<Boolean> stopping = new FutureTask<>(() -> stop(lost));
    try {
      var _ = Thread.ofPlatform().daemon().start(stopping);
      return stopping.get(STOP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException | RuntimeException | Error e) {
      job.note("The guest does not stop in time", e);
      return false;
    }
  }

  private Answers answers() {
    return link.answers();
  }

  private Result commit() {
    Machine arrived;
    try {
      arrived = machine.commit();
    } catch (MachineException | RuntimeException | Error e) {
      refuse();
      return new Result.Failed(e, true, !(e instanceof RefusedException));
    }
    postcopy.durable();
    Link last = link;
    last.lane().ifPresent(UrgentLane::retire);
    Consent opened;
    try {
      opened = new Consent(job, last.channel(), last.answers(), last.loader(), server);
    } catch (RuntimeException | Error e) {
      return unconfirmed(arrived, e);
    }
    try (opened) {
      consent = Optional.of(opened);
      return takeOver(arrived, opened);
    } finally {
      consent = Optional.empty();
    }
  }

  /** A look by the watchdog. */
  void tick(long now) {
    consent.ifPresent(there -> there.tick(now));
  }

  /** Whether a stall ends this connection only; ends it then. */
  boolean survives(EndCause.Stalled why) {
    return consent.filter(there -> there.survives(why)).isPresent();
  }

  /** From here on the guest may be ours: nothing that fails may call it the source's. */
  private Result takeOver(Machine arrived, Consent opened) {
    try {
      decide(opened);
      job.lifecycle().checked(settled);
    } catch (IOException | EndedException | RuntimeException | Error e) {
      return unconfirmed(arrived, e);
    }
    try {
      startGuest(arrived);
    } catch (MachineException | RuntimeException | Error e) {
      confirm(opened, false);
      return new Result.Held(
          arrived, GuestLocation.DESTINATION, "The guest is here but does not start.", e);
    }
    confirm(opened, true);
    return new Result.Arrived(arrived);
  }

  private static Result unconfirmed(Machine arrived, Throwable why) {
    return new Result.Held(
        arrived,
        GuestLocation.UNCERTAIN,
        "The guest is here, whole and stopped, but the source did not confirm that it gave it"
            + " away. Start it by hand only if the source does not run it; otherwise remove it.",
        why);
  }

  private void confirm(Consent opened, boolean started) {
    if (answers().greeted() && !postcopy.listening()) {
      opened.confirm(started);
    }
  }

  /** Returns when the guest is ours. */
  private void decide(Consent opened) throws IOException {
    if (!answers().isOpen()) {
      return;
    }
    if (answers().greeted() && !postcopy.listening()) {
      opened.obtain();
      return;
    }
    answers().shut(true);
    if (wantsStart() || link.lane().isPresent()) {
      // a source that read SHUT closes in order; one that did not may run the guest again, or has
      // still to end its preempt channel
      link.in().drain();
    } else {
      partFromSource();
    }
  }

  /** Nothing runs here: the source may end as it likes, but not because we left it too early. */
  private void partFromSource() {
    try {
      long late = link.in().farewell();
      if (late > 0) {
        job.note(late + " bytes came after SHUT, such as a late vmdescription; they are not kept");
      }
    } catch (IOException e) {
      job.note("The source broke the connection after SHUT; it may not have read it", e);
    }
  }

  private boolean wantsStart() {
    return mayStart && devices.sourceRunState() == RunState.RUNNING;
  }

  private void startGuest(Machine arrived) throws MachineException {
    if (!wantsStart()) {
      return;
    }
    try {
      arrived.start();
    } catch (RuntimeException | Error e) {
      // unlike after a refusal, a part of it may run
      var _ = stop(arrived);
      throw e;
    }
  }

  private void refuse() {
    if (!answers().isOpen()) {
      return;
    }
    try {
      answers().shut(false);
    } catch (IOException | RuntimeException | Error e) {
      // the source sees the connection end instead
      job.note("The source did not hear that the migration failed", e);
    }
  }

  @Override
  public void close() {
    postcopy.tell(job.figures());
    postcopy.abandon();
    postcopy.awaitPackage();
    closeLane();
    releaseLive();
    disconnect();
    unsettled.ifPresent(left -> job.attempt("release the machine", left::close));
  }

  /** Without the trap a guest reads the pages that never came as zeros: it must not run then. */
  private void releaseLive() {
    if (!whole && !postcopy.machine().map(this::stopWithin).orElse(true)) {
      job.note("The guest runs on without all of its memory: its absent pages stay trapped");
      return;
    }
    live.forEach(load -> job.attempt("release a part of the state", load::close));
    postcopy.letDiscard();
  }
}
