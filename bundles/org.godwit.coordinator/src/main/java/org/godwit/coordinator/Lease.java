package org.godwit.coordinator;

import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.migration.CapabilityRule;
import org.godwit.api.savestate.DeviceStateProvider;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.transport.Transport;

/**
 * A service and the bundle that lends it.
 *
 * @param <T> type of the service
 * @param service the service
 * @param bundle symbolic name of its bundle
 * @param ranking service ranking; higher comes first
 */
record Lease<T>(T service, String bundle, int ranking) {

  /**
   * What one migration uses, fixed at its start.
   *
   * @param transport moves its bytes
   * @param live its iterable state, in stream order
   * @param devices its device state
   * @param rules capability rules of the features it uses
   * @param machines providers of its machine; empty if no bundle's provider made it
   */
  record Set(
      Lease<Transport> transport,
      List<Lease<LiveStateProvider>> live,
      Lease<DeviceStateProvider> devices,
      List<Lease<CapabilityRule>> rules,
      List<Lease<MachineProvider>> machines) {
    /** Copies the lists. */
    Set {
      live = List.copyOf(live);
      rules = List.copyOf(rules);
      machines = List.copyOf(machines);
    }

    /** All of them. */
    List<Lease<?>> all() {
      List<Lease<?>> all = new ArrayList<>(live);
      all.addAll(rules);
      all.addAll(machines);
      all.add(devices);
      all.add(transport);
      return all;
    }

    /** Whether a service is among them. */
    boolean uses(Object service) {
      return all().stream().anyMatch(lease -> lease.service() == service);
    }
  }
}
