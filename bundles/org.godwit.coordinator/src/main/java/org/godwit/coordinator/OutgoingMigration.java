package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.DeviceSaver;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;
import org.godwit.coordinator.Ownership.Stage;

/**
 * A guest that leaves. Its sending thread is a platform thread; the return path has another one;
 * every other method may be called by any thread.
 */
final class OutgoingMigration extends Job implements Runnable {
  /** How long the return path may tell why a write failed. */
  private static final long LAST_WORDS_MILLIS = 1000;

  private final Machine machine;
  private final Endpoint peer;
  private final TransportOptions options;
  private final Runnable released;
  private final SourceContext context;
  private final Ownership ownership = new Ownership();
  private final CancelGrace grace = new CancelGrace();
  private final Object monitor = new Object();
  private final Ticket ticket = Ticket.draw();
  private final Switchover switchover;
  private final Connector connector = new Connector();
  // volatile: set once by the sending thread, used by whoever ends the migration
  private volatile Optional<Channel> channel = Optional.empty();
  private volatile Optional<GatherWriter> out = Optional.empty();
  // volatile: written by the sending thread at the end, read by anybody
  private volatile GuestLocation guest = GuestLocation.SOURCE;
  // volatile: set by the sending thread, ended by whoever ends the migration
  private volatile Optional<Redelivery> redelivery = Optional.empty();
  // volatile: set by whoever ends the migration, asked by the sending thread
  private volatile boolean abandoned;
  private Optional<ReturnPath> returnPath = Optional.empty();
  private Optional<SourceStream> stream = Optional.empty();
  private boolean tidy;

  /**
   * Prepares a migration.
   *
   * @param terms what does not change
   * @param settings settings, checked
   * @param machine what goes
   * @param peer where to
   * @param options for the transport
   * @param released is run when the machine is free again, before the outcome is told
   */
  OutgoingMigration(
      Terms terms,
      Settings settings,
      Machine machine,
      Endpoint peer,
      TransportOptions options,
      Runnable released) {
    super(terms, settings);
    this.machine = machine;
    this.peer = peer;
    this.options = options;
    this.released = released;
    this.context =
        new SourceContext(
            machine, this::settings, figures().counters(), terms.time(), this::syncDone);
    this.switchover = new Switchover(this, machine, context, ownership, this::redeliver, monitor);
  }

  private void syncDone(long pass) {
    figures().synced();
    passDone(pass);
  }

  @Override
  void start() {
    var _ = Thread.ofPlatform().name("godwit-send-" + id()).daemon().start(this);
  }

  @Override
  public void run() {
    try {
      connect();
      precopy();
      succeed();
    } catch (EndedException
        | StateException
        | MachineException
        | IOException
        | InterruptedException
        | RuntimeException
        | Error e) {
      new OutgoingFailure(this, e).settle();
    }
  }

  private void connect() throws TransportException, EndedException, InterruptedException {
    connector.start(terms().services().transport().service(), peer, options);
    Channel opened = connector.await();
    channel = Optional.of(opened);
    // whoever ended the migration in between did not see the channel
    lifecycle().check();
    figures().setupBegun(now());
  }

  private void precopy()
      throws EndedException, StateException, MachineException, IOException, InterruptedException {
    Channel link = channel.orElseThrow();
    boolean reverse = settings().has(Capability.RETURN_PATH) && link.bidirectional();
    requireReverse(reverse);
    SourceStream sections = open(link);
    if (reverse) {
      returnPath = Optional.of(listenTo(link));
    }
    sections.begin(settings(), reverse, ticket.seal());
    sections.setup();
    figures().setupEnded(now());
    advance(MigrationStatus.ACTIVE);
    new PrecopyLoop(this, sections, this::maySwitch, monitor).run();
    returnPath.flatMap(ReturnPath::rule).ifPresent(ownership::rule);
    switchover.run(sections, link, returnPath);
  }

  private void requireReverse(boolean reverse) throws EndedException {
    if (!reverse && settings().has(Capability.SWITCHOVER_ACK)) {
      throw new EndedException(
          new EndCause.PeerFailed(
              Fault.REQUEST,
              "Capability switchover-ack needs a return path, which "
                  + peer
                  + " does not have; switch it off."));
    }
  }

  private SourceStream open(Channel link) {
    GatherWriter writer =
        new GatherWriter(link, watch(), settings().number(Parameter.STALL_TIMEOUT) > 0);
    out = Optional.of(writer);
    List<LiveState> states = new ArrayList<>();
    for (Lease<LiveStateProvider> lease : terms().services().live()) {
      lease.service().outgoing(context).ifPresent(states::add);
    }
    DeviceSaver devices = terms().services().devices().service().outgoing(context);
    SourceStream opened = new SourceStream(writer, machine, states, devices);
    stream = Optional.of(opened);
    return opened;
  }

  private ReturnPath listenTo(Channel link) {
    ReturnPath ear = new ReturnPath(link, "godwit-return-" + id(), this::peerFailed);
    ear.start();
    return ear;
  }

  /** From the return path's thread. After EOF was sent the sending thread decides by itself. */
  private void peerFailed(EndCause.PeerFailed why) {
    var _ = endIf(why, () -> ownership.stage() == Stage.HELD);
  }

  private boolean maySwitch() {
    if (returnPath.isEmpty()) {
      return true;
    }
    ReturnPath ear = returnPath.get();
    boolean agreed =
        !settings().has(Capability.SWITCHOVER_ACK)
            || ear.switchoverAcknowledged()
            || machine.runState() != RunState.RUNNING;
    return agreed && ear.rule().isPresent();
  }

  private void succeed() {
    figures().completed(now(), transferred());
    guest = GuestLocation.DESTINATION;
    release();
    conclude(MigrationStatus.COMPLETED, guest, Optional.empty(), Optional.empty());
  }

  /**
   * What the return path said about the end.
   *
   * @param wait whether to wait for it a little
   */
  OptionalLong lastWords(boolean wait) {
    if (returnPath.isEmpty()) {
      return OptionalLong.empty();
    }
    if (wait) {
      awaitLastWords(returnPath.get());
    }
    return returnPath.get().shut();
  }

  private static void awaitLastWords(ReturnPath ear) {
    try {
      ear.awaitEnd(LAST_WORDS_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean redeliver(Exception failure) throws EndedException, InterruptedException {
    long nanos = settings().number(Parameter.REDELIVER_TIMEOUT) * 1_000_000;
    if (nanos == 0 || !onlyTheLinkFailed()) {
      return false;
    }
    note("The link broke while the guest changed its owner; it is made again", failure);
    breakLink("The connection is made again.");
    Redelivery next =
        new Redelivery(
            terms().services().transport().service(), peer, options, terms().time(), nanos);
    redelivery = Optional.of(next);
    if (abandoned || !onlyTheLinkFailed()) {
      // whoever ended the migration in between did not see it
      next.giveUp();
    }
    return next.run(ticket, failure);
  }

  private boolean onlyTheLinkFailed() {
    return lifecycle().cause().filter(why -> !(why instanceof EndCause.Stalled)).isEmpty();
  }

  Ownership ownership() {
    return ownership;
  }

  Switchover switchover() {
    return switchover;
  }

  /** The destination has the guest although the link broke behind its answer. */
  void completeLate() {
    breakLink("The migration is complete.");
    switchover.measure();
    try {
      switchover.give();
    } catch (MachineException | RuntimeException | Error e) {
      // it is stopped since the switchover; only its label is not what it should be
      note("The guest left, but its machine could not be marked", e);
    }
    succeed();
  }

  /** Breaks the connection; the reader of the return path ends with it. */
  void breakLink(String why) {
    channel.ifPresent(c -> attempt("abort the connection", () -> c.abort(why)));
  }

  /** The end without the guest having arrived for certain. */
  void failed(MigrationStatus last, GuestLocation where, Optional<MigrationException> error) {
    figures().ended(now());
    guest = where;
    release();
    conclude(last, where, error, Optional.empty());
  }

  /** Ends the connection in order; the channel must not be closed under its reader. */
  private void part(Channel link, ReturnPath ear) {
    try {
      link.endOutput();
    } catch (TransportException e) {
      // broken or aborted before: then its reader ends by itself
      link.abort(FailureText.message(e));
    }
    awaitLastWords(ear);
    link.abort("The migration has ended.");
  }

  private void release() {
    if (tidy) {
      return;
    }
    tidy = true;
    try {
      returnPath.ifPresent(
          ear -> attempt("end the connection", () -> part(channel.orElseThrow(), ear)));
      channel.ifPresent(link -> attempt("close the connection", link::close));
      returnPath.ifPresent(ear -> attempt("release the return path", ear::close));
      stream.ifPresent(sections -> attempt("release the stream", sections::close));
      if (stream.isEmpty()) {
        out.ifPresent(writer -> attempt("release the output", writer::close));
      }
    } finally {
      released.run();
    }
  }

  @Override
  void interruptWork(EndCause why) {
    connector.abandon(why);
    if (!(why instanceof EndCause.Stalled)) {
      redelivery.ifPresent(Redelivery::giveUp);
    }
    breakLink(why.sentence());
    synchronized (monitor) {
      monitor.notifyAll();
    }
  }

  @Override
  void tick(long now) {
    super.tick(now);
    redelivery.ifPresent(again -> again.tick(now));
    grace.over(now).ifPresent(this::giveUp);
  }

  private void giveUp(EndCause why) {
    end(why);
  }

  /** A stall ends the first connection only; whatever ends the migration later ends the rest. */
  @Override
  void end(EndCause why) {
    super.end(why);
    if (!(why instanceof EndCause.Stalled)) {
      abandoned = true;
      redelivery.ifPresent(Redelivery::giveUp);
    }
  }

  @Override
  void abandon(EndCause why) {
    super.abandon(why);
    end(why);
  }

  @Override
  public void cancel() {
    boolean ended = endIf(new EndCause.Cancelled(), ownership::cancellable);
    if (!ended && ownership.stage() != Stage.HELD) {
      grace.begin(now());
    }
  }

  @Override
  public void proceed() throws MigrationException {
    if (status() != MigrationStatus.PRE_SWITCHOVER) {
      super.proceed();
    }
    switchover.proceed();
  }

  @Override
  long transferred() {
    return out.map(GatherWriter::handedOver).orElse(0L);
  }

  @Override
  public Direction direction() {
    return Direction.OUTGOING;
  }

  @Override
  public Endpoint endpoint() {
    return peer;
  }

  @Override
  public GuestLocation guest() {
    return guest;
  }
}
