package org.godwit.coordinator;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.migration.CapabilityRule;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.DeviceStateProvider;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.transport.Transport;
import org.godwit.api.userfault.UserfaultBackend;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine as a service. Immediate: it must live as long as its migrations, used or not. Services
 * that go are handled on the component's own executor, never inside the service event.
 */
@Component(immediate = true, service = MigrationService.class)
public final class CoordinatorComponent implements MigrationService {
  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorComponent.class);
  private static final long TICK_MILLIS = 100;
  private static final long LAST_WAIT = 5_000_000_000L;

  private final Catalog catalog = new Catalog();
  private final Coordinator coordinator = new Coordinator(catalog, TimeSource.SYSTEM);
  private final ExecutorService reactions =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("godwit-coordinator").daemon().factory());
  private final ScheduledExecutorService watchdog =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("godwit-watchdog").daemon().factory());

  /** Starts the watchdog. */
  @Activate
  public CoordinatorComponent() {
    var _ =
        watchdog.scheduleWithFixedDelay(
            coordinator::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Ends all migrations; source guests go on running. Waits for them a few seconds. */
  @Deactivate
  void deactivate() {
    List<Job> running = coordinator.close();
    await(running);
    coordinator.abandonRest("org.godwit.coordinator");
    watchdog.shutdownNow();
    reactions.shutdown();
  }

  private static void await(List<Job> jobs) {
    try {
      new Farewell(TimeSource.SYSTEM).await(jobs.stream().map(Job::outcome).toList(), LAST_WAIT);
      jobs.stream()
          .filter(job -> !job.status().isFinal())
          .forEach(job -> LOG.warn("{} did not end in time", job));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A transport came.
   *
   * @param service the transport
   * @param reference tells whose it is
   */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addTransport(Transport service, ServiceReference<Transport> reference) {
    catalog.addTransport(lease(service, reference));
  }

  /**
   * A transport goes.
   *
   * @param service the transport
   */
  void removeTransport(Transport service) {
    gone(service);
  }

  /**
   * A provider of live state came.
   *
   * @param service the provider
   * @param reference tells whose it is
   */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addLiveState(LiveStateProvider service, ServiceReference<LiveStateProvider> reference) {
    catalog.addLive(lease(service, reference));
  }

  /**
   * A provider of live state goes.
   *
   * @param service the provider
   */
  void removeLiveState(LiveStateProvider service) {
    gone(service);
  }

  /**
   * A provider of device state came.
   *
   * @param service the provider
   * @param reference tells whose it is
   */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDeviceState(
      DeviceStateProvider service, ServiceReference<DeviceStateProvider> reference) {
    catalog.addDevices(lease(service, reference));
  }

  /**
   * A provider of device state goes.
   *
   * @param service the provider
   */
  void removeDeviceState(DeviceStateProvider service) {
    gone(service);
  }

  /**
   * A capability rule came.
   *
   * @param service the rule
   * @param reference tells whose it is
   */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addRule(CapabilityRule service, ServiceReference<CapabilityRule> reference) {
    catalog.addRule(lease(service, reference));
  }

  /**
   * A capability rule goes.
   *
   * @param service the rule
   */
  void removeRule(CapabilityRule service) {
    gone(service);
  }

  /**
   * A userfault backend came.
   *
   * @param service the backend
   * @param reference tells whose it is
   */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addUserfault(UserfaultBackend service, ServiceReference<UserfaultBackend> reference) {
    catalog.addUserfault(lease(service, reference));
  }

  /**
   * A userfault backend goes.
   *
   * @param service the backend
   */
  void removeUserfault(UserfaultBackend service) {
    gone(service);
  }

  /**
   * A provider of machines came.
   *
   * @param service the provider
   * @param reference tells whose it is
   */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addMachines(MachineProvider service, ServiceReference<MachineProvider> reference) {
    catalog.addMachines(lease(service, reference));
  }

  /**
   * A provider of machines goes.
   *
   * @param service the provider
   */
  void removeMachines(MachineProvider service) {
    gone(service);
  }

  private void gone(Object service) {
    catalog
        .remove(service)
        .filter(bundle -> !reactions.isShutdown()) // Services also go after the component did.
        .ifPresent(bundle -> reactions.execute(() -> coordinator.serviceGone(service, bundle)));
  }

  private static <T> Lease<T> lease(T service, ServiceReference<T> reference) {
    Object ranking = reference.getProperty(Constants.SERVICE_RANKING);
    return new Lease<>(
        service,
        reference.getBundle().getSymbolicName(),
        ranking instanceof Integer number ? number : 0);
  }

  @Override
  public Migration migrate(Machine machine, String uri, Settings settings)
      throws MigrationException {
    return coordinator.migrate(machine, uri, settings);
  }

  @Override
  public Migration incoming(IncomingMachine machine, String uri, Settings settings, boolean start)
      throws MigrationException {
    return coordinator.incoming(machine, uri, settings, start);
  }

  @Override
  public void check(Settings settings, CapabilityRule.Side side) throws MigrationException {
    coordinator.check(settings, side);
  }

  @Override
  public List<Migration> migrations() {
    return coordinator.migrations();
  }
}
