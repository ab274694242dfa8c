package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  }

  private final Job job;
  private final IncomingMachine machine;
  private final boolean mayStart;
  private final Runnable settled;
  private final ChannelReader in;
  private final Answers answers;
  private final Channel channel;
  private final ChannelServer server;
  // volatile: set by the receiving thread, looked at by the watchdog
  private volatile Optional<Consent> consent = Optional.empty();
  private final List<LiveLoad> live = new ArrayList<>();
  private final DeviceLoader devices;
  private final StreamLoader loader;

  /**
   * Prepares a connection.
   *
   * @param job the migration
   * @param machine what receives
   * @param channel connection; the caller closes it
   * @param server accepts a source that comes back to hand its guest over
   * @param mayStart whether the guest may be started here
   * @param settled is run when the guest is ours and nobody can cancel any more
   */
  IncomingAttempt(
      Job job,
      IncomingMachine machine,
      Channel channel,
      ChannelServer server,
      boolean mayStart,
      Runnable settled) {
    this.channel = channel;
    this.server = server;
    this.job = job;
    this.machine = machine;
    this.mayStart = mayStart;
    this.settled = settled;
    this.in = new ChannelReader(channel, ChannelReader.STREAM_STAGING, job.watch());
    boolean acknowledge = job.settings().has(Capability.SWITCHOVER_ACK);
    this.answers = new Answers(channel, job.watch(), acknowledge);
    TargetContext context =
        new TargetContext(machine, job::settings, job.figures().counters(), answers::isOpen);
    for (Lease<LiveStateProvider> lease : job.terms().services().live()) {
      lease.service().incoming(context).ifPresent(live::add);
    }
    this.devices = job.terms().services().devices().service().incoming(context);
    this.loader =
        new StreamLoader(
            in, context, live, devices, answers, channel.bidirectional(), this::accepted);
  }

  private void accepted() throws EndedException {
    job.figures().setupEnded(job.now());
    job.advance(MigrationStatus.ACTIVE);
  }

  /** Bytes received. */
  long received() {
    return in.received();
  }

  /** Receives the guest. */
  Result run() {
    try {
      loader.load();
      job.lifecycle().check();
    } catch (IOException
        | StateException
        | MachineException
        | EndedException
        | RuntimeException e) {
      refuse();
      return new Result.Failed(e, loader.touched(), false);
    }
    return commit();
  }

  private Result commit() {
    Machine arrived;
    try {
      arrived = machine.commit();
    } catch (MachineException | RuntimeException | Error e) {
      refuse();
      return new Result.Failed(e, true, !(e instanceof RefusedException));
    }
    Consent opened;
    try {
      opened = new Consent(job, channel, answers, loader, server);
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
    if (answers.greeted()) {
      opened.confirm(started);
    }
  }

  /** Returns when the guest is ours. */
  private void decide(Consent opened) throws IOException {
    if (!answers.isOpen()) {
      return;
    }
    if (answers.greeted()) {
      opened.obtain();
      return;
    }
    answers.shut(true);
    if (wantsStart()) {
      // a source that read SHUT closes in order; one that did not may run the guest again
      in.drain();
    } else {
      partFromSource();
    }
  }

  /** Nothing runs here: the source may end as it likes, but not because we left it too early. */
  private void partFromSource() {
    try {
      long late = in.farewell();
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
    if (wantsStart()) {
      arrived.start();
    }
  }

  private void refuse() {
    if (!answers.isOpen()) {
      return;
    }
    try {
      answers.shut(false);
    } catch (IOException | RuntimeException | Error e) {
      // the source sees the connection end instead
      job.note("The source did not hear that the migration failed", e);
    }
  }

  @Override
  public void close() {
    live.forEach(load -> job.attempt("release a part of the state", load::close));
    job.attempt("release the answers", answers::close);
    job.attempt("release the input", in::close);
  }
}
