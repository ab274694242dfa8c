package org.godwit.shell.machine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.shell.command.CommandFailure;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machines that commands made in this container, by name, and the kinds that can be made. A
 * provider that goes takes its machines with it. Thread-safe.
 */
@Component(service = Machines.class, immediate = true)
public final class Machines {
  private static final Logger LOG = LoggerFactory.getLogger(Machines.class);

  private final List<MachineProvider> providers = new CopyOnWriteArrayList<>();
  private final Map<String, HeldMachine> held = new ConcurrentHashMap<>();

  /** No machines yet. */
  @Activate
  public Machines() {}

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "remove")
  void add(MachineProvider provider) {
    providers.add(provider);
  }

  void remove(MachineProvider provider) {
    providers.remove(provider);
    for (HeldMachine machine : all()) {
      if (machine.provider() == provider) {
        LOG.info("Machine {} ends: kind {} goes", machine.spec().name(), provider.kind());
        held.remove(machine.spec().name());
        machine.close();
      }
    }
  }

  @Deactivate
  void closeAll() {
    held.values().forEach(HeldMachine::close);
    held.clear();
  }

  /** Kinds that can be made here, by name. */
  public List<MachineProvider> kinds() {
    List<MachineProvider> sorted = new ArrayList<>(providers);
    sorted.sort(Comparator.comparing(MachineProvider::kind));
    return sorted;
  }

  /**
   * The provider of a kind.
   *
   * @throws CommandFailure if no bundle brings it
   */
  public MachineProvider kind(String kind) throws CommandFailure {
    return kinds().stream()
        .filter(provider -> provider.kind().equals(kind))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandFailure(
                    "There is no kind of machine \"%s\"; there are: %s"
                        .formatted(
                            kind,
                            String.join(
                                ", ", kinds().stream().map(MachineProvider::kind).toList()))));
  }

  /** All machines, by name. */
  public List<HeldMachine> all() {
    List<HeldMachine> sorted = new ArrayList<>(held.values());
    sorted.sort(Comparator.comparing(machine -> machine.spec().name()));
    return sorted;
  }

  /** The machine with a name. */
  public Optional<HeldMachine> find(String name) {
    return Optional.ofNullable(held.get(name));
  }

  /**
   * The machine with a name.
   *
   * @throws CommandFailure if there is none
   */
  public HeldMachine get(String name) throws CommandFailure {
    return find(name)
        .orElseThrow(
            () ->
                new CommandFailure(
                    "There is no machine \"" + name + "\"; machine-list shows what there is"));
  }

  /**
   * Makes a machine with a guest.
   *
   * @throws CommandFailure if the kind or the name does not fit
   * @throws MachineException if it cannot be made
   */
  public HeldMachine create(String kind, MachineSpec spec) throws CommandFailure, MachineException {
    MachineProvider provider = kind(kind);
    requireFree(spec.name());
    Machine machine = provider.create(spec);
    return hold(HeldMachine.of(provider, spec, machine));
  }

  /**
   * Makes an empty machine.
   *
   * @throws CommandFailure if the kind or the name does not fit
   * @throws MachineException if it cannot be made
   */
  public HeldMachine prepare(String kind, MachineSpec spec)
      throws CommandFailure, MachineException {
    MachineProvider provider = kind(kind);
    requireFree(spec.name());
    IncomingMachine empty = provider.prepare(spec);
    return hold(HeldMachine.of(provider, spec, empty));
  }

  private void requireFree(String name) throws CommandFailure {
    if (held.containsKey(name)) {
      throw new CommandFailure("There is a machine \"" + name + "\" already");
    }
  }

  private HeldMachine hold(HeldMachine machine) throws CommandFailure {
    if (held.putIfAbsent(machine.spec().name(), machine) != null) {
      machine.close();
      throw new CommandFailure("There is a machine \"" + machine.spec().name() + "\" already");
    }
    return machine;
  }

  /**
   * Releases a machine.
   *
   * @throws CommandFailure if there is none, or a migration uses it
   */
  public void destroy(String name) throws CommandFailure {
    HeldMachine machine = get(name);
    if (machine.isMigrating()) {
      throw new CommandFailure(
          "Machine " + name + " is migrating; wait for the end, or migrate-cancel");
    }
    held.remove(name, machine);
    machine.close();
  }
}
