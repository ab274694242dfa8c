package org.godwit.coordinator;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Downtime;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Channel;
import org.godwit.coordinator.Ownership.Rule;
import org.godwit.coordinator.Ownership.Stage;

/**
 * The switchover of one outgoing migration: stops the guest, sends what is left, and gives the
 * guest away so that at no instant two sides may run it (docs/ownership.md).
 *
 * <p>Belongs to the sending thread, except {@link #proceed()}.
 */
final class Switchover {
  /** What the destination told with PONG STOPPED. */
  static final EndCause.PeerFailed NOT_STARTED =
      new EndCause.PeerFailed(
          Fault.PEER, "The destination reported that the guest does not start there.");

  /** Tries to hand the guest over on another connection. */
  @FunctionalInterface
  interface SecondTry {
    /**
     * Tries it; the guest was given away.
     *
     * @param failure of the first connection
     * @return whether the destination has confirmed
     * @throws EndedException if the destination has the guest, but it does not start
     */
    boolean again(Exception failure) throws EndedException, InterruptedException;
  }

  private final Job job;
  private final Machine machine;
  private final SourceContext context;
  private final Ownership ownership;
  private final SecondTry secondTry;
  private final Object monitor;
  // guarded by monitor
  private boolean mayProceed;
  private long begin;
  private long quiet;
  private long passed;
  private long sent;
  private boolean guestRan;
  private boolean stopped;

  Switchover(
      Job job,
      Machine machine,
      SourceContext context,
      Ownership own,
      SecondTry secondTry,
      Object monitor) {
    this.job = job;
    this.machine = machine;
    this.context = context;
    this.ownership = own;
    this.secondTry = secondTry;
    this.monitor = monitor;
  }

  /** Ends the wait of pause-before-switchover. */
  void proceed() {
    synchronized (monitor) {
      mayProceed = true;
      monitor.notifyAll();
    }
  }

  /** Does all of it; returns when the guest is proved to be the destination's. */
  void run(SourceStream stream, Channel channel, Optional<ReturnPath> returnPath)
      throws EndedException, StateException, IOException, MachineException, InterruptedException {
    begin = job.now();
    stopGuest(stream);
    pause();
    job.advance(MigrationStatus.DEVICE);
    quiet = job.now();
    stream.complete();
    passed = job.now();
    stream.devices();
    if (returnPath.isPresent() && ownership.rule() == Rule.STARTS_BY_ITSELF) {
      confirmLoaded(stream, returnPath.get());
    }
    offer();
    boolean described = stream.finish();
    sent = job.now();
    if (returnPath.isPresent()) {
      if (!described && ownership.rule() == Rule.STARTS_BY_ITSELF) {
        // a QEMU that waits for a description goes on when it sees the end of the stream
        channel.endOutput();
      }
      handOver(stream, returnPath.get());
    } else {
      endInOrder(channel);
    }
    measure();
  }

  /** The destination is proved to have the guest: the downtime ends. */
  void measure() {
    job.figures()
        .downtime(
            new Downtime(
                Duration.ofNanos(quiet - begin),
                Duration.ofNanos(passed - quiet),
                Duration.ofNanos(sent - passed),
                Duration.ofNanos(job.now() - sent)));
  }

  /** Stops the guest and notes how it ran. */
  void stopGuest(SourceStream stream) throws MachineException {
    guestRan = context.noteRunState() == RunState.RUNNING;
    stopped = true;
    machine.stop(RunState.FINISH_MIGRATE);
    job.figures().stoppedAt(stream.position());
  }

  /** Waits for migrate-continue if pause-before-switchover is on. */
  void pause() throws EndedException, InterruptedException {
    if (!job.settings().has(Capability.PAUSE_BEFORE_SWITCHOVER)) {
      return;
    }
    job.advance(MigrationStatus.PRE_SWITCHOVER);
    synchronized (monitor) {
      while (!mayProceed) {
        job.lifecycle().check();
        monitor.wait();
      }
    }
  }

  /**
   * A destination that starts the guest by itself gets the EOF byte only after it has loaded all
   * before it: a refused device then never leaves an uncertain owner.
   */
  private void confirmLoaded(SourceStream stream, ReturnPath returnPath)
      throws IOException, EndedException, InterruptedException {
    stream.ping(Handshake.LOADED);
    job.watch().begin();
    try {
      if (!returnPath.awaitLoaded()) {
        throw failed(returnPath, "before it had loaded the device state");
      }
    } finally {
      job.watch().end(0);
    }
  }

  private void offer() throws EndedException {
    job.lifecycle().checked(() -> ownership.advance(Stage.OFFERED));
  }

  private void handOver(SourceStream stream, ReturnPath returnPath)
      throws EndedException, IOException, MachineException, InterruptedException {
    awaitShut(returnPath);
    if (ownership.rule() == Rule.STARTS_BY_ITSELF) {
      give();
      return;
    }
    job.lifecycle().checked(() -> ownership.advance(Stage.GIVEN));
    machine.stop(RunState.POSTMIGRATE);
    returnPath.expectEnd();
    try {
      stream.ping(Handshake.COMMIT);
      awaitCommitted(returnPath);
    } catch (IOException | EndedException e) {
      if (returnPath.stopped()) {
        thank(stream);
        throw new EndedException(NOT_STARTED);
      }
      if (!secondTry.again(e)) {
        throw e;
      }
      return;
    }
    thank(stream);
  }

  /** So that the destination need not wait for another connection. */
  private void thank(SourceStream stream) {
    try {
      stream.ping(Handshake.HEARD);
    } catch (IOException e) {
      job.note("The destination may wait a little for another connection", e);
    }
  }

  /** Waits until the destination said that it has the whole guest. */
  void awaitShut(ReturnPath returnPath) throws EndedException, InterruptedException {
    job.watch().begin();
    try {
      OptionalLong shut = returnPath.awaitShut();
      if (shut.isEmpty() || shut.getAsLong() != 0) {
        throw failed(returnPath, "before it said that it has the guest");
      }
    } finally {
      job.watch().end(0);
    }
  }

  private void awaitCommitted(ReturnPath returnPath) throws EndedException, InterruptedException {
    job.watch().begin();
    try {
      if (!returnPath.awaitCommitted()) {
        throw failed(returnPath, "before it said that it starts the guest");
      }
    } finally {
      job.watch().end(0);
    }
  }

  private EndedException failed(ReturnPath returnPath, String when) {
    OptionalLong shut = returnPath.shut();
    EndCause told =
        shut.isPresent() && shut.getAsLong() != 0
            ? new EndCause.PeerFailed(Fault.PEER, "The destination reported that it failed.")
            : new EndCause.PeerFailed(Fault.LINK, "The destination was gone " + when + ".");
    return new EndedException(job.lifecycle().cause().orElse(told));
  }

  /** Without a return path the guest is given away when the channel was closed in order. */
  private void endInOrder(Channel channel) throws IOException, MachineException {
    channel.endOutput();
    give();
  }

  /** The destination has the guest and runs it if it ran: it never runs here again. */
  void give() throws MachineException {
    ownership.advance(Stage.GIVEN);
    machine.stop(RunState.POSTMIGRATE);
  }

  /** Postcopy: the destination runs the guest: it never runs here again. False if known before. */
  boolean leave() throws MachineException {
    boolean news = ownership.leave();
    if (news) {
      machine.stop(RunState.POSTMIGRATE);
    }
    return news;
  }

  /** The source keeps the guest: it runs again if it ran. */
  void takeBack() throws MachineException {
    if (!stopped) {
      return;
    }
    job.figures().resumed();
    // nobody starts a guest out of finish-migrate
    machine.stop(RunState.PAUSED);
    if (guestRan) {
      machine.start();
    }
  }

  /** Nobody knows where the guest runs: it stays stopped here, so that an operator may start it. */
  void freeze() throws MachineException {
    machine.stop(RunState.PAUSED);
  }
}
