package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.DeviceSaver;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.coordinator.Ownership.Stage;

/**
 * A guest that leaves. Its sending thread is a platform thread; the return path has another one;
 * every other method may be called by any thread.
 */
final class OutgoingMigration extends Job implements Runnable {
  private final Machine machine;
  private final Dial.Directory directory;
  private final Runnable released;
  private final SourceContext context;
  private final Ownership ownership = new Ownership();
  private final CancelGrace grace = new CancelGrace();
  private final Object monitor = new Object();
  private final Ticket ticket = Ticket.draw();
  private final SourceLinks links;
  private final Switchover switchover;
  // volatile: set by the sending thread, used by whoever ends the migration
  private volatile Optional<Postcopy> postcopy = Optional.empty();
  private volatile Optional<GatherWriter> out = Optional.empty();
  // volatile: written by the sending thread at the end, read by anybody
  private volatile GuestLocation guest = GuestLocation.SOURCE;
  // volatile: set by whoever asks for it, looked at by the sending thread
  private volatile boolean postcopyWanted;
  // volatile: set by the sending thread, ended by whoever ends the migration
  private volatile Optional<Redelivery> redelivery = Optional.empty();
  // volatile: set by whoever ends the migration, asked by the sending thread
  private volatile boolean abandoned;
  private Optional<SourceStream> stream = Optional.empty();
  private boolean tidy;

  /**
   * Prepares a migration.
   *
   * @param terms what does not change
   * @param settings settings, checked
   * @param machine what goes
   * @param dial where to
   * @param directory tells where to after a link broke
   * @param released is run when the machine is free again, before the outcome is told
   */
  OutgoingMigration(
      Terms terms,
      Settings settings,
      Machine machine,
      Dial dial,
      Dial.Directory directory,
      Runnable released) {
    super(terms, settings);
    this.machine = machine;
    this.postcopyWanted = settings.flag(Parameter.LAZY);
    this.directory = directory;
    PreemptChannel preempt = PreemptChannel.of(settings, machine.machineType());
    this.links = new SourceLinks(this, dial, preempt, this::peerFailed);
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
      if (settings().flag(Parameter.REJOIN)) {
        rejoin();
      } else {
        precopy(links.open(links.dial(), Long.BYTES));
      }
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

  private void precopy(SourceLink over)
      throws EndedException, StateException, MachineException, IOException, InterruptedException {
    Optional<ReturnPath> returnPath = over.ear();
    SourceStream sections = open(over.channel());
    sections.begin(settings(), returnPath.isPresent(), ticket.seal());
    sections.setup();
    figures().setupEnded(now());
    advance(MigrationStatus.ACTIVE);
    PrecopyLoop loop =
        new PrecopyLoop(this, sections, this::maySwitch, () -> postcopyWanted, monitor);
    PrecopyLoop.Exit exit = loop.run();
    returnPath.flatMap(ReturnPath::rule).ifPresent(ownership::rule);
    if (exit == PrecopyLoop.Exit.PRECOPY) {
      switchover.run(sections, over.channel(), returnPath);
      return;
    }
    Postcopy rest = new Postcopy(this, sections, sections.memory().orElseThrow(), monitor);
    postcopy = Optional.of(rest);
    rest.run(over);
  }

  /**
   * The guest has left in an earlier process: all that comes before its memory is said again, to
   * nobody, and what follows is a recovery.
   */
  private void rejoin()
      throws EndedException, StateException, MachineException, IOException, InterruptedException {
    ownership.advance(Stage.LEFT);
    SourceStream sections = open(new Nowhere());
    sections.begin(settings(), true, ticket.seal());
    sections.setup();
    sections.discard();
    Postcopy rest = new Postcopy(this, sections, sections.memory().orElseThrow(), monitor);
    postcopy = Optional.of(rest);
    rest.rejoin(links.dial());
  }

  /** What keeps note of guests that have left; empty for machines that end with their process. */
  Optional<Departures> departures() {
    return machine instanceof Departures notes ? Optional.of(notes) : Optional.empty();
  }

  private SourceStream open(Channel channel) {
    GatherWriter writer =
        new GatherWriter(channel, watch(), settings().number(Parameter.STALL_TIMEOUT) > 0);
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

  /**
   * From the return path's thread. After EOF was sent the sending thread decides by itself; in
   * postcopy the link is broken, whatever it was.
   */
  private void peerFailed(SourceLink from, EndCause.PeerFailed why) {
    boolean ended = endIf(why, () -> ownership.stage() == Stage.HELD);
    if (!ended && ownership.postcopy() && !from.over()) {
      from.fail(why);
      wake();
    }
  }

  private boolean maySwitch() {
    Optional<ReturnPath> returnPath = links.current().flatMap(SourceLink::ear);
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

  private boolean redeliver(Exception failure) throws EndedException, InterruptedException {
    long nanos = settings().number(Parameter.REDELIVER_TIMEOUT) * 1_000_000;
    if (nanos == 0 || !onlyTheLinkFailed()) {
      return false;
    }
    note("The link broke while the guest changed its owner; it is made again", failure);
    links.abort("The connection is made again.");
    Dial dial = links.dial();
    Redelivery next =
        new Redelivery(
            dial.transport().service(), dial.peer(), dial.options(), terms().time(), nanos);
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

  /** Its connections. */
  SourceLinks links() {
    return links;
  }

  Switchover switchover() {
    return switchover;
  }

  /** The destination has the guest although the link broke behind its answer. */
  void completeLate() {
    links.abort("The migration is complete.");
    switchover.measure();
    try {
      switchover.give();
    } catch (MachineException | RuntimeException | Error e) {
      // it is stopped since the switchover; only its label is not what it should be
      note("The guest left, but its machine could not be marked", e);
    }
    succeed();
  }

  /** The end without the guest having arrived for certain. */
  void failed(MigrationStatus last, GuestLocation where, Optional<MigrationException> error) {
    figures().ended(now());
    guest = where;
    release();
    conclude(last, where, error, Optional.empty());
  }

  private void release() {
    if (tidy) {
      return;
    }
    tidy = true;
    try {
      links.part();
      stream.ifPresent(sections -> attempt("release the stream", sections::close));
      if (stream.isEmpty()) {
        out.ifPresent(writer -> attempt("release the output", writer::close));
      }
      links.release();
    } finally {
      released.run();
    }
  }

  @Override
  void interruptWork(EndCause why) {
    if (!(why instanceof EndCause.Stalled)) {
      redelivery.ifPresent(Redelivery::giveUp);
    }
    breakLink(why);
  }

  private void breakLink(EndCause why) {
    links.fail(why);
    wake();
  }

  private void wake() {
    synchronized (monitor) {
      monitor.notifyAll();
    }
  }

  @Override
  void shutDown() {
    if (!endIf(new EndCause.EngineStopped(), ownership::postcopy)) {
      super.shutDown();
    }
  }

  @Override
  boolean uses(Object service) {
    return super.uses(service) || links.dial().transport().service() == service;
  }

  @Override
  void tick(long now) {
    super.tick(now);
    redelivery.ifPresent(again -> again.tick(now));
    grace.over(now).ifPresent(this::giveUp);
  }

  private void giveUp(EndCause why) {
    if (!ownership.postcopy()) {
      end(why);
    }
  }

  /**
   * A stall ends the first connection only; whatever ends the migration later ends the rest. In
   * postcopy nothing ends it but an operator: the link is broken instead.
   */
  @Override
  void end(EndCause why) {
    boolean ended = endIf(why, () -> !ownership.postcopy());
    if (!ended && ownership.postcopy()) {
      breakLink(why);
    } else if (!(why instanceof EndCause.Stalled)) {
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
    if (ownership.postcopy()) {
      var _ = endIf(new EndCause.Cancelled(), () -> status() == MigrationStatus.POSTCOPY_PAUSED);
      return;
    }
    boolean ended = endIf(new EndCause.Cancelled(), ownership::cancellable);
    // a package that went out meanwhile is no answer that is due: postcopy goes on
    if (!ended && ownership.stage() != Stage.HELD && !ownership.postcopy()) {
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
  public void startPostcopy() throws MigrationException {
    if (!settings().has(Capability.POSTCOPY_RAM)) {
      super.startPostcopy();
    }
    postcopyWanted = true;
  }

  @Override
  public void pause() throws MigrationException {
    switch (status()) {
      case POSTCOPY_ACTIVE, POSTCOPY_RECOVER_SETUP, POSTCOPY_RECOVER ->
          breakLink(new EndCause.Paused());
      default -> super.pause();
    }
  }

  @Override
  public void resume(String uri) throws MigrationException {
    Optional<Postcopy> paused = postcopy.filter(p -> status() == MigrationStatus.POSTCOPY_PAUSED);
    if (paused.isEmpty()) {
      super.resume(uri);
    }
    Dial next = directory.find(uri, settings());
    if (!paused.orElseThrow().resume(next)) {
      super.resume(uri);
    }
  }

  /** Postcopy: whether all that the destination had not got was handed to the link. */
  boolean allSent() {
    return postcopy.map(Postcopy::allSent).orElse(false);
  }

  @Override
  long transferred() {
    return out.map(GatherWriter::handedOver).orElse(0L) + links.handedOverBeside();
  }

  @Override
  public Direction direction() {
    return Direction.OUTGOING;
  }

  @Override
  public Endpoint endpoint() {
    return links.dial().peer();
  }

  @Override
  public GuestLocation guest() {
    if (status().isFinal()) {
      return guest;
    }
    return switch (ownership.stage()) {
      case SPLIT -> GuestLocation.UNCERTAIN;
      case LEFT -> GuestLocation.DESTINATION;
      default -> guest;
    };
  }
}
