package org.godwit.coordinator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.Support;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.CapabilityRule;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.DeviceStateProvider;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.userfault.UserfaultBackend;

/** The services that are there at the moment. Thread-safe; services come and go. */
final class Catalog {
  private static final String OWN_BUNDLE = "org.godwit.coordinator";

  private final List<Lease<Transport>> transports = new ArrayList<>();
  private final List<Lease<LiveStateProvider>> live = new ArrayList<>();
  private final List<Lease<DeviceStateProvider>> devices = new ArrayList<>();
  private final List<Lease<CapabilityRule>> rules = new ArrayList<>();
  private final List<Lease<UserfaultBackend>> userfaults = new ArrayList<>();
  private final List<Lease<MachineProvider>> machines = new ArrayList<>();

  Catalog() {
    rules.add(new Lease<>(new CoordinatorRule(), OWN_BUNDLE, 0));
  }

  synchronized void addTransport(Lease<Transport> lease) {
    add(transports, lease);
  }

  synchronized void addLive(Lease<LiveStateProvider> lease) {
    add(live, lease);
  }

  synchronized void addDevices(Lease<DeviceStateProvider> lease) {
    add(devices, lease);
  }

  synchronized void addRule(Lease<CapabilityRule> lease) {
    add(rules, lease);
  }

  synchronized void addUserfault(Lease<UserfaultBackend> lease) {
    add(userfaults, lease);
  }

  synchronized void addMachines(Lease<MachineProvider> lease) {
    add(machines, lease);
  }

  private static <T> void add(List<Lease<T>> leases, Lease<T> lease) {
    leases.add(lease);
    leases.sort(Comparator.comparingInt((Lease<T> l) -> l.ranking()).reversed());
  }

  /** Forgets a service; tells the bundle that lent it, if it was known. */
  synchronized Optional<String> remove(Object service) {
    Optional<String> bundle = remove(transports, service);
    bundle = bundle.or(() -> remove(live, service));
    bundle = bundle.or(() -> remove(devices, service));
    bundle = bundle.or(() -> remove(userfaults, service));
    bundle = bundle.or(() -> remove(rules, service));
    return bundle.or(() -> remove(machines, service));
  }

  private static <T> Optional<String> remove(List<Lease<T>> leases, Object service) {
    Optional<Lease<T>> found = leases.stream().filter(l -> l.service() == service).findFirst();
    found.ifPresent(leases::remove);
    return found.map(Lease::bundle);
  }

  /** The bundle of the first of these services that is not there any more. */
  synchronized Optional<String> gone(Lease.Set services) {
    List<Lease<?>> there = new ArrayList<>(transports);
    there.addAll(live);
    there.addAll(devices);
    there.addAll(rules);
    there.addAll(machines);
    List<Lease<?>> used = services.all();
    used.removeIf(lease -> there.stream().anyMatch(l -> l.service() == lease.service()));
    return used.stream().findFirst().map(Lease::bundle);
  }

  /**
   * The first backend that can trap absent pages of some memory. A backend that goes while it traps
   * says so itself ({@link org.godwit.api.userfault.FaultSink#lost}).
   */
  UserfaultBackend userfault(List<GuestMemory> memory) throws StateException {
    StringJoiner reasons = new StringJoiner(" ");
    for (Lease<UserfaultBackend> lease : userfaults()) {
      Optional<String> reason = refusal(lease.service(), memory);
      if (reason.isEmpty()) {
        return lease.service();
      }
      reasons.add(lease.bundle() + ": " + reason.get());
    }
    String why = reasons.length() == 0 ? "none is installed." : reasons.toString();
    throw new StateException(
        StateException.Fault.ENVIRONMENT,
        "Postcopy needs a userfault backend that traps this machine's memory: " + why);
  }

  private synchronized List<Lease<UserfaultBackend>> userfaults() {
    return List.copyOf(userfaults);
  }

  private static Optional<String> refusal(UserfaultBackend backend, List<GuestMemory> memory) {
    for (GuestMemory piece : memory) {
      if (backend.probe(piece) instanceof Support.Unavailable unavailable) {
        return Optional.of(unavailable.reason());
      }
    }
    return Optional.empty();
  }

  /** What a migration of a machine over an endpoint will use. */
  synchronized Lease.Set lease(Object machine, Endpoint endpoint, Settings settings)
      throws MigrationException {
    Lease<Transport> transport = transport(endpoint);
    if (live.isEmpty()) {
      throw refuse("No bundle that saves RAM is installed (org.godwit.savestate.ram).");
    }
    if (devices.isEmpty()) {
      throw refuse("No bundle that saves devices is installed (org.godwit.savestate.devices).");
    }
    List<Lease<CapabilityRule>> used =
        rules.stream()
            .filter(l -> l.service().supported().stream().anyMatch(settings::has))
            .toList();
    return new Lease.Set(transport, live, devices.getFirst(), used, makersOf(machine));
  }

  /** A machine does not tell who made it; its code belongs to the bundle of its provider. */
  private List<Lease<MachineProvider>> makersOf(Object machine) {
    ClassLoader code = machine.getClass().getClassLoader();
    return machines.stream().filter(l -> l.service().getClass().getClassLoader() == code).toList();
  }

  /** The transport that reaches an endpoint. */
  synchronized Lease<Transport> transport(Endpoint endpoint) throws MigrationException {
    return transports.stream()
        .filter(l -> l.service().scheme().equals(endpoint.scheme()))
        .findFirst()
        .orElseThrow(() -> refuse(noTransport(endpoint)));
  }

  private String noTransport(Endpoint endpoint) {
    Set<String> schemes = new TreeSet<>();
    transports.forEach(l -> schemes.add(l.service().scheme()));
    return "No transport for \"%s:\" is installed; there are %s."
        .formatted(endpoint.scheme(), schemes);
  }

  /** Refuses settings that nothing here supports, or that conflict. */
  synchronized void check(Settings settings, CapabilityRule.Side side) throws MigrationException {
    for (Capability capability : settings.capabilities()) {
      if (rules.stream().noneMatch(l -> l.service().supported().contains(capability))) {
        throw refuse(
            "Capability %s is not supported by any installed bundle; switch it off."
                .formatted(capability.wireName()));
      }
    }
    for (Lease<CapabilityRule> lease : rules) {
      Optional<String> conflict = lease.service().conflict(settings, side);
      if (conflict.isPresent()) {
        throw refuse(conflict.get());
      }
    }
  }

  private static MigrationException refuse(String sentence) {
    return new MigrationException(Fault.REQUEST, GuestLocation.SOURCE, sentence);
  }
}
