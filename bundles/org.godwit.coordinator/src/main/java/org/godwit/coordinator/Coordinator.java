package org.godwit.coordinator;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.CapabilityRule;
import org.godwit.api.migration.CapabilityRule.Side;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;
import org.godwit.api.userfault.UserfaultBackend;

/**
 * The engine: starts migrations with the services that are there, and ends those whose services go.
 * Thread-safe. It keeps nothing but the list of its migrations; each of these has its own state.
 */
final class Coordinator implements MigrationService {
  private static final int REMEMBERED = 64;
  private static final Set<RunState> MOVABLE =
      Set.of(RunState.PRELAUNCH, RunState.RUNNING, RunState.PAUSED);

  private final Catalog catalog;
  private final TimeSource time;
  // guarded by this
  private final Deque<Job> jobs = new ArrayDeque<>();
  private final Set<Machine> leaving = Collections.newSetFromMap(new IdentityHashMap<>());
  private long lastId;
  private boolean closed;

  /**
   * An engine.
   *
   * @param catalog services
   * @param time clock
   */
  Coordinator(Catalog catalog, TimeSource time) {
    this.catalog = catalog;
    this.time = time;
  }

  @Override
  public void check(Settings settings, CapabilityRule.Side side) throws MigrationException {
    catalog.check(settings, side);
  }

  @Override
  public Migration migrate(Machine machine, String uri, Settings settings)
      throws MigrationException {
    check(settings, Side.SOURCE);
    Lease.Set services = catalog.lease(machine, endpoint(uri, settings), settings);
    Dial dial = dial(uri, settings);
    requireMovable(machine);
    if (settings.flag(Parameter.REJOIN)) {
      requireDeparted(machine, settings);
    }
    OutgoingMigration job = depart(machine, dial, settings, services);
    requireServices(job);
    job.start();
    return job;
  }

  private Dial dial(String uri, Settings settings) throws MigrationException {
    Endpoint peer = endpoint(uri, settings);
    TransportOptions options = options(settings);
    Lease<Transport> transport = catalog.transport(peer);
    refuse(transport.service().refusal(peer, options, Transport.Role.SOURCE));
    return new Dial(transport, peer, options);
  }

  private static void requireMovable(Machine machine) throws MigrationException {
    RunState state = machine.runState();
    if (!MOVABLE.contains(state)) {
      throw request(
          "Machine %s is %s and cannot be migrated.".formatted(machine.name(), state.wireName()));
    }
  }

  /** A guest that waits takes whatever pages come: they must be its own. */
  private static void requireDeparted(Machine machine, Settings settings)
      throws MigrationException {
    if (!settings.has(Capability.POSTCOPY_RAM) || settings.flag(Parameter.LAZY)) {
      throw request("x-godwit-rejoin needs postcopy-ram, and no x-godwit-lazy.");
    }
    if (!(machine instanceof Departures notes)) {
      throw request(
          "The memory of machine %s does not outlive its process: no guest of it can wait elsewhere."
              .formatted(machine.name()));
    }
    try {
      notes.find();
    } catch (MachineException e) {
      throw new MigrationException(
          Fault.REQUEST, GuestLocation.UNCERTAIN, FailureText.message(e), e);
    }
  }

  private synchronized OutgoingMigration depart(
      Machine machine, Dial dial, Settings settings, Lease.Set services) throws MigrationException {
    requireOpen();
    if (!leaving.add(machine)) {
      throw request("Machine " + machine.name() + " is being migrated already.");
    }
    try {
      // an earlier migration may have given the guest away since the first look
      requireMovable(machine);
    } catch (MigrationException | RuntimeException e) {
      leaving.remove(machine);
      throw e;
    }
    OutgoingMigration job =
        new OutgoingMigration(
            terms(machine.name(), services),
            settings,
            machine,
            dial,
            this::dial,
            () -> release(machine));
    remember(job);
    return job;
  }

  private void requireOpen() throws MigrationException {
    if (closed) {
      throw request("The engine was stopped.");
    }
  }

  private synchronized void release(Machine machine) {
    leaving.remove(machine);
  }

  @Override
  public Migration incoming(IncomingMachine machine, String uri, Settings settings, boolean start)
      throws MigrationException {
    try {
      return listen(machine, uri, settings, start);
    } catch (MigrationException | RuntimeException e) {
      machine.discard();
      throw e;
    }
  }

  private Migration listen(IncomingMachine machine, String uri, Settings settings, boolean start)
      throws MigrationException {
    check(settings, Side.DESTINATION);
    Endpoint local = endpoint(uri, settings);
    Lease.Set services = catalog.lease(machine, local, settings);
    ChannelServer server = listen(local, services.transport(), settings);
    try {
      IncomingMigration job = expect(machine, server, settings, services, start);
      requireServices(job);
      job.start();
      return job;
    } catch (MigrationException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static ChannelServer listen(Endpoint local, Lease<Transport> lease, Settings settings)
      throws MigrationException {
    TransportOptions options = options(settings);
    Transport transport = lease.service();
    refuse(transport.refusal(local, options, Transport.Role.DESTINATION));
    try {
      return transport.listen(local, options);
    } catch (TransportException e) {
      FailureText text = FailureText.of(e);
      throw new MigrationException(text.fault(), GuestLocation.SOURCE, text.sentence(), e);
    }
  }

  /** What incoming migrations need later on. */
  private final class Later implements Provisions {
    @Override
    public ChannelServer listen(String uri, Settings settings) throws MigrationException {
      Endpoint local = endpoint(uri, settings);
      return Coordinator.listen(local, catalog.transport(local), settings);
    }

    @Override
    public UserfaultBackend userfault(List<GuestMemory> memory) throws StateException {
      return catalog.userfault(memory);
    }
  }

  private synchronized IncomingMigration expect(
      IncomingMachine machine,
      ChannelServer server,
      Settings settings,
      Lease.Set services,
      boolean start)
      throws MigrationException {
    requireOpen();
    IncomingMigration job =
        new IncomingMigration(
            terms(machine.name(), services), settings, machine, server, start, new Later());
    remember(job);
    return job;
  }

  private Job.Terms terms(String machine, Lease.Set services) {
    lastId++;
    return new Job.Terms(lastId, machine, services, time);
  }

  private void remember(Job job) {
    job.begin();
    jobs.addLast(job);
    var ended = jobs.iterator();
    while (jobs.size() > REMEMBERED && ended.hasNext()) {
      if (ended.next().status().isFinal()) {
        ended.remove();
      }
    }
  }

  @Override
  public synchronized List<Migration> migrations() {
    return List.copyOf(jobs);
  }

  private synchronized List<Job> running() {
    List<Job> running = new ArrayList<>(jobs);
    running.removeIf(job -> job.status().isFinal());
    return running;
  }

  /** A service is gone: ends the migrations that use it. */
  void serviceGone(Object service, String bundle) {
    for (Job job : running()) {
      if (job.uses(service)) {
        end(job, bundle);
      }
    }
  }

  private static void end(Job job, String bundle) {
    job.attempt("end the migration", () -> job.end(new EndCause.ServiceGone(bundle)));
  }

  /** A service that went before the job was remembered was not missed by {@link #serviceGone}. */
  private void requireServices(Job job) {
    catalog.gone(job.terms().services()).ifPresent(bundle -> end(job, bundle));
  }

  /** A look by the watchdog. */
  void tick() {
    long now = time.nanoTime();
    running().forEach(job -> job.attempt("watch the peer", () -> job.tick(now)));
  }

  /**
   * Ends everything; source guests go on running.
   *
   * @return what was still running
   */
  List<Job> close() {
    synchronized (this) {
      closed = true;
    }
    List<Job> running = running();
    running.forEach(job -> job.attempt("cancel the migration", job::shutDown));
    return running;
  }

  /** What {@link #close} did not end: waits that only the watchdog would end, which stops too. */
  void abandonRest(String bundle) {
    EndCause why = new EndCause.ServiceGone(bundle);
    running().forEach(job -> job.attempt("abandon the migration", () -> job.abandon(why)));
  }

  /** Credentials turn tcp into tls, as with QEMU: what is meant to be secret never goes plain. */
  private static Endpoint endpoint(String uri, Settings settings) throws MigrationException {
    try {
      Endpoint named = Endpoint.parse(uri);
      boolean secured = text(settings, Parameter.TLS_CREDS).isPresent();
      return secured && named.scheme().equals("tcp") ? new Endpoint("tls", named.address()) : named;
    } catch (IllegalArgumentException e) {
      throw new MigrationException(Fault.REQUEST, GuestLocation.SOURCE, FailureText.message(e), e);
    }
  }

  private static TransportOptions options(Settings settings) {
    return new TransportOptions(
        Duration.ofMillis(settings.number(Parameter.CONNECT_TIMEOUT)),
        Duration.ZERO,
        settings.flag(Parameter.INSECURE),
        text(settings, Parameter.TLS_CREDS).map(Path::of),
        text(settings, Parameter.TLS_HOSTNAME));
  }

  private static Optional<String> text(Settings settings, Parameter parameter) {
    return Optional.of(settings.text(parameter)).filter(t -> !t.isEmpty());
  }

  private static void refuse(Optional<String> refusal) throws MigrationException {
    if (refusal.isPresent()) {
      throw request(refusal.get());
    }
  }

  private static MigrationException request(String sentence) {
    return new MigrationException(Fault.REQUEST, GuestLocation.SOURCE, sentence);
  }
}
