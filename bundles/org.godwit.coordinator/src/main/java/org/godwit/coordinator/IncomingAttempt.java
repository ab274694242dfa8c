package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.migration.Capability;
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
  private final Job job;
  private final IncomingMachine machine;
  private final Runnable settled;
  private final Runnable refusedLater;
  private final List<LiveLoad> live = new ArrayList<>();
  private final GuestSwitch guest;
  private final TakeOver takeOver;
  private final IncomingPostcopy postcopy;
  // volatile: replaced by the receiving thread, used by the package's and by whoever asks
  private volatile IncomingLink link;
  private volatile long earlier;
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
    this.job = job;
    this.machine = machine;
    this.settled = settled;
    TargetContext context =
        new TargetContext(
            machine, job::settings, job.figures().counters(), () -> answers().isOpen(), provisions);
    for (Lease<LiveStateProvider> lease : job.terms().services().live()) {
      lease.service().incoming(context).ifPresent(live::add);
    }
    DeviceLoader devices = job.terms().services().devices().service().incoming(context);
    this.guest = new GuestSwitch(job, devices, mayStart);
    this.takeOver = new TakeOver(job, server, guest, settled);
    this.postcopy =
        new IncomingPostcopy(job, live, new Begin(), this::refusePackage, machine.discards());
    this.link =
        new IncomingLink(
            job,
            channel,
            answers(channel),
            (in, answers) ->
                new StreamLoader(
                    in,
                    context,
                    live,
                    devices,
                    answers,
                    channel.bidirectional(),
                    postcopy,
                    this::accepted));
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
  IncomingResult run() {
    try {
      postcopy.beside(link.lane());
      link.lane().ifPresent(UrgentLane::start);
      link.load();
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

  private IncomingResult broken(Throwable cause) {
    if (postcopy.carried()) {
      return postcopy.bitmapsAlone()
          ? FollowingBitmaps.lost(postcopy, machine, link.loader().followed(), cause)
          : new IncomingResult.Broken(cause);
    }
    postcopy.abandon();
    postcopy.awaitPackage();
    if (postcopy.machine().isPresent()) {
      // RUN came without a package, or while this thread failed
      return new IncomingResult.Broken(cause);
    }
    link.refuse();
    return new IncomingResult.Failed(
        postcopy.failure().orElse(cause), link.loader().touched(), postcopy.listening());
  }

  /** The connection broke in postcopy: what is here waits for the next one. */
  void pause() {
    link.breakOff();
    link.closeLane();
    postcopy.pause();
    link.disconnect();
  }

  /** The source has come back. */
  IncomingResult resume(Channel channel) {
    try {
      postcopy.recover();
      replaceLink(channel);
    } catch (EndedException | RuntimeException | Error e) {
      return new IncomingResult.Broken(e);
    }
    return run();
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // single writer
  private void replaceLink(Channel channel) {
    IncomingLink old = link;
    Answers answers = answers(channel);
    answers.reopen();
    earlier += old.in().received();
    link = new IncomingLink(job, channel, answers, old.loader()::continued);
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
        guest.startTrapped(arrived);
      } catch (MachineException | RuntimeException | Error e) {
        // it is ours all the same: its memory goes on coming, and it can be started by hand
        job.note("The guest is here but does not start", e);
      }
    }
  }

  /** The devices were refused, on the thread of the package: the guest has not run here. */
  private void refusePackage() {
    IncomingLink last = link;
    last.refuse();
    last.hangUp();
    refusedLater.run();
  }

  /** Any thread: the guest would wait for ever for a page that nobody asks for. */
  private void untrapped(String reason) {
    guest.holdBack();
    link.channel().abort(reason);
    var _ =
        Thread.ofPlatform()
            .name("godwit-untrapped-" + job.id())
            .daemon()
            .start(() -> postcopy.machine().ifPresent(guest::stop));
  }

  /** END and EOF came in postcopy. */
  private IncomingResult finish() {
    try {
      postcopy.finish();
    } catch (StateException | RuntimeException | Error e) {
      return broken(e);
    }
    whole = true;
    Optional<Throwable> failure = postcopy.awaitPackage();
    if (failure.isPresent()) {
      return new IncomingResult.Failed(failure.get(), true, true);
    }
    Optional<Machine> running = postcopy.machine();
    return running.isPresent() ? complete(running.get()) : commit();
  }

  /** All of a running guest is here. */
  private IncomingResult complete(Machine arrived) {
    try {
      guest.letGo(arrived);
    } catch (MachineException | RuntimeException | Error e) {
      return IncomingResult.Held.notStarted(arrived, e);
    }
    farewell();
    return new IncomingResult.Arrived(arrived);
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
  IncomingResult giveUp(Throwable cause) {
    postcopy.abandon();
    // it may be about to start the guest
    postcopy.awaitPackage();
    Optional<Machine> lost = postcopy.machine();
    lost.ifPresent(guest::stopWithin);
    return lost.isPresent()
        ? new IncomingResult.Lost(cause, lost.get())
        : new IncomingResult.Failed(postcopy.failure().orElse(cause), true, true);
  }

  private Answers answers() {
    return link.answers();
  }

  private IncomingResult commit() {
    Machine arrived;
    try {
      arrived = machine.commit();
    } catch (MachineException | RuntimeException | Error e) {
      link.refuse();
      return new IncomingResult.Failed(e, true, !(e instanceof RefusedException));
    }
    postcopy.durable();
    return takeOver.take(arrived, link, !postcopy.listening());
  }

  /** A look by the watchdog. */
  void tick(long now) {
    takeOver.tick(now);
  }

  /** Whether a stall ends this connection only; ends it then. */
  boolean survives(EndCause.Stalled why) {
    return takeOver.survives(why);
  }

  @Override
  public void close() {
    postcopy.tell(job.figures());
    postcopy.abandon();
    postcopy.awaitPackage();
    link.closeLane();
    releaseLive();
    link.disconnect();
    unsettled.ifPresent(left -> job.attempt("release the machine", left::close));
  }

  /** Without the trap a guest reads the pages that never came as zeros: it must not run then. */
  private void releaseLive() {
    if (!whole && !postcopy.machine().map(guest::stopWithin).orElse(true)) {
      job.note("The guest runs on without all of its memory: its absent pages stay trapped");
      return;
    }
    live.forEach(load -> job.attempt("release a part of the state", load::close));
    postcopy.letDiscard();
  }
}
