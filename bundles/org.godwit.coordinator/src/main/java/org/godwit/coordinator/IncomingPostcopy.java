package org.godwit.coordinator;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.godwit.api.machine.DiscardSwitch;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.PostcopyLoad;
import org.godwit.api.savestate.StateException;
import org.godwit.wire.WireException;
import org.godwit.wire.command.Command;

/**
 * Postcopy of one incoming migration, over all of its connections (postcopy, sections 4 and 7).
 *
 * <p>Threads: commands come from the receiving thread; the rest of the package is loaded by a
 * thread of its own, because loading devices may need pages that the receiving thread brings.
 */
final class IncomingPostcopy {
  /** What RUN does, on the thread of the package. */
  interface Begin {
    /** Makes the machine whole; the guest is ours afterwards. */
    Machine commit() throws MachineException, EndedException;

    /** Runs the guest, if it is to; a guest that does not start is ours all the same. */
    void start(Machine arrived);
  }

  /** A piece of the stream that is loaded. */
  @FunctionalInterface
  interface Loading {
    void run() throws IOException, StateException, MachineException, EndedException;
  }

  private final Job job;
  // volatile: chosen by the receiving thread at ADVISE, asked by others
  private volatile Optional<PostcopyLoad> load;
  private final Begin begin;
  private final Runnable refused;
  private final Optional<DiscardSwitch> discards;
  private final CountDownLatch packageEnded = new CountDownLatch(1);
  // volatile: written by the receiving thread, let go by whoever ends the attempt
  private volatile Optional<DiscardSwitch.Hold> hold = Optional.empty();
  // volatile: written by the receiving thread, asked by others
  private volatile boolean listening;
  private volatile boolean packaged;
  private volatile boolean recovering;
  // volatile: replaced with each connection by the receiving thread, used by that of the package
  private volatile Optional<UrgentLane> lane = Optional.empty();
  private volatile Optional<Answers> hearing = Optional.empty();
  // volatile: written by the thread of the package, read by that of the next connection
  private volatile Optional<Command.Ping> beforeRun = Optional.empty();
  private volatile boolean begun;
  // volatile: set by the receiving thread at LISTEN, read by that of the package
  private volatile boolean patient;
  // volatile: written by the thread of the package, asked by others
  private volatile Optional<Machine> machine = Optional.empty();
  private volatile Optional<Throwable> failure = Optional.empty();

  /**
   * No postcopy yet.
   *
   * @param job the migration
   * @param live what is loaded
   * @param begin see {@link Begin}
   * @param refused told by the thread of the package that it cannot be loaded
   * @param discards what is held while pages can be absent
   */
  IncomingPostcopy(
      Job job,
      List<LiveLoad> live,
      Begin begin,
      Runnable refused,
      Optional<DiscardSwitch> discards) {
    this.job = job;
    this.load = live.stream().flatMap(part -> part.postcopy().stream()).findFirst();
    this.begin = begin;
    this.refused = refused;
    this.discards = discards;
  }

  /** A connection begins; requested pages may come on the lane beside it. */
  void beside(Optional<UrgentLane> next) {
    lane = next;
  }

  /** Whether the rest of the memory comes after the devices. */
  boolean listening() {
    return listening;
  }

  /** Whether all that is needed to run, except for memory, is here: a broken link loses nothing. */
  boolean carried() {
    return packaged && failure.isEmpty();
  }

  /** Whether the guest is about to run here: its devices are here, and RUN has not been done. */
  boolean starting() {
    return carried() && machine.isEmpty() && load.filter(PostcopyLoad::trapped).isPresent();
  }

  /** Whether all memory comes before the package, and only dirty bitmaps behind it. */
  boolean bitmapsAlone() {
    return load.orElse(null) instanceof FollowingBitmaps;
  }

  /** Why the package could not be loaded. */
  Optional<Throwable> failure() {
    return failure;
  }

  /** The machine, once RUN came and it can run before its memory is here. */
  Optional<Machine> machine() {
    return machine;
  }

  /** Figures, while postcopy is under way. */
  void tell(Figures figures) {
    if (listening) {
      load.ifPresent(part -> figures.postcopy(part.statistics()));
    }
  }

  void advise(Command.PostcopyAdvise advise, long offset) throws StateException, WireException {
    if (advise.pageSizes().isEmpty() && job.settings().has(Capability.DIRTY_BITMAPS)) {
      load = Optional.of(new FollowingBitmaps());
      return;
    }
    Command.PageSizes sizes =
        advise
            .pageSizes()
            .orElseThrow(() -> refused(offset, advise, "dirty-bitmaps on at this side"));
    PostcopyLoad part = part(offset, advise);
    // before pages can be absent: what the guest gave up would be missing, and comes only once
    if (hold.isEmpty()) {
      hold = discards.map(machine -> machine.inhibit("incoming postcopy"));
    }
    part.advise(sizes.summary(), sizes.targetPage());
  }

  /** No page is absent any more: what the guest gives up may be discarded. */
  void letDiscard() {
    hold.ifPresent(DiscardSwitch.Hold::close);
  }

  private PostcopyLoad part(long offset, Command command) throws WireException {
    return load.orElseThrow(
        () -> refused(offset, command, "a machine whose RAM can be postcopied"));
  }

  private static WireException refused(long offset, Command command, String allowed) {
    return new WireException(
        WireException.Kind.COMMAND_ORDER, offset, "command " + command.wireName(), allowed);
  }

  void discard(Command.PostcopyRamDiscard discard, long offset)
      throws StateException, WireException {
    for (Command.Range range : discard.ranges()) {
      part(offset, discard).discard(discard.block(), range.start(), range.length());
    }
  }

  void listen(Command command, long offset, Answers answers)
      throws StateException, WireException, EndedException {
    // without pages to ask for, QEMU opens none unless return-path is on
    if (!answers.isOpen() && !bitmapsAlone()) {
      throw refused(offset, command, "OPEN_RETURN_PATH before it");
    }
    PostcopyLoad part = part(offset, command);
    part.listen(answers);
    hearing = Optional.of(answers);
    patient = answers.greeted();
    listening = true;
    lane.ifPresent(there -> there.serve(part));
    job.advance(MigrationStatus.POSTCOPY_ACTIVE);
  }

  /** A PING of the package; the one before RUN is answered when RUN is certain to be done. */
  void ping(Command.Ping ping) {
    if (ping.value() == Handshake.PACKAGE) {
      beforeRun = Optional.of(ping);
    } else {
      answer(ping);
    }
  }

  /** RUN came: a guest whose absent pages are trapped runs from now on, others are kept. */
  void run() throws MachineException, EndedException {
    if (!load.orElseThrow().trapped()) {
      atRest();
      return;
    }
    Machine arrived = begin.commit();
    // before it starts: from then on whoever gives up has to stop the guest
    machine = Optional.of(arrived);
    begun();
    begin.start(arrived);
  }

  /**
   * A guest at rest is its source's until all of it is durable here. A Godwit source, which takes
   * it back if that fails, hears of RUN then only; a QEMU has no way back anyhow.
   */
  private void atRest() {
    if (!patient) {
      begun();
    }
  }

  /** A guest at rest is whole and durable here. */
  void durable() {
    if (listening && !begun) {
      begun();
    }
  }

  /**
   * The source hears of it over whatever connection there is: this thread and that of the next
   * connection each write first and look at what the other wrote then.
   */
  private void begun() {
    begun = true;
    beforeRun.ifPresent(this::answer);
  }

  private void answer(Command.Ping ping) {
    try {
      if (hearing.isPresent()) {
        hearing.get().ping(ping);
      }
    } catch (IOException e) {
      // all is loaded the same; the receiving thread finds the link broken
      job.note("The source did not hear how far the package is", e);
    }
  }

  /**
   * Loads the rest of the package beside the stream.
   *
   * @param rest what is left
   */
  void loadPackage(Loading rest) {
    packaged = true;
    try {
      var _ =
          Thread.ofPlatform()
              .name("godwit-package-" + job.id())
              .daemon()
              .start(() -> loadRest(rest));
    } catch (RuntimeException | Error e) {
      // nobody may wait for a thread that never was
      failure = Optional.of(e);
      packageEnded.countDown();
      throw e;
    }
  }

  private void loadRest(Loading rest) {
    try {
      rest.run();
    } catch (IOException
        | StateException
        | MachineException
        | EndedException
        | RuntimeException
        | Error e) {
      packageFailed(e);
    } finally {
      packageEnded.countDown();
    }
  }

  /** Only a guest that was never told to start is refused: else it would run twice. */
  private void packageFailed(Throwable cause) {
    if (machine.isPresent()) {
      job.note("The guest is here, but its package does not end in order", cause);
      return;
    }
    failure = Optional.of(cause);
    refused.run();
  }

  /** Waits for the devices; empty if they are here, else why not. */
  Optional<Throwable> awaitPackage() {
    try {
      if (packaged) {
        packageEnded.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of(e);
    }
    return failure;
  }

  /** Nothing more comes. */
  void finish() throws StateException {
    job.watch().begin();
    try {
      load.orElseThrow().finish();
    } finally {
      job.watch().end(0);
    }
    lane.ifPresent(UrgentLane::complete);
  }

  /** The connection broke. */
  void pause() {
    recovering = false;
    load.ifPresent(PostcopyLoad::pause);
  }

  /** A new connection has come. */
  void recover() throws EndedException {
    job.advance(MigrationStatus.POSTCOPY_RECOVER);
    recovering = true;
  }

  void bitmap(Command.RecvBitmap command, long offset, Answers answers)
      throws IOException, StateException {
    requireRecovery(command, offset);
    answers.bitmap(command.block(), part(offset, command).received(command.block()));
  }

  void resume(Command command, long offset, Answers answers)
      throws IOException, StateException, EndedException {
    requireRecovery(command, offset);
    recovering = false;
    job.advance(MigrationStatus.POSTCOPY_ACTIVE);
    answers.resumed();
    PostcopyLoad part = part(offset, command);
    hearing = Optional.of(answers);
    requireLoadable();
    if (begun) {
      // the link that broke may have taken it along
      beforeRun.ifPresent(this::answer);
    }
    lane.ifPresent(there -> there.serve(part));
    part.resume(answers);
  }

  /** The thread of the package may have refused it on the connection before this one. */
  private void requireLoadable() throws StateException {
    if (failure.isPresent()) {
      throw new StateException(
          StateException.Fault.PEER, "The package could not be loaded.", failure.get());
    }
  }

  private void requireRecovery(Command command, long offset) throws WireException {
    if (!recovering) {
      throw refused(offset, command, "recovery commands in status postcopy-recover only");
    }
  }

  /** Whether memory may come now. */
  boolean takesPages() {
    return !recovering;
  }

  /** Whoever waits for a page fails. */
  void abandon() {
    load.ifPresent(PostcopyLoad::abandon);
  }
}
