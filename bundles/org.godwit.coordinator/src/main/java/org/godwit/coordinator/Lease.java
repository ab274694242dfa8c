package org.godwit.coordinator;

import java.util.List;
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
   */
  record Set(
      Lease<Transport> transport,
      List<Lease<LiveStateProvider>> live,
      Lease<DeviceStateProvider> devices,
      List<Lease<CapabilityRule>> rules) {
    /** Copies the lists. */
    Set {
      live = List.copyOf(live);
      rules = List.copyOf(rules);
    }

    /** Whether a service is among them. */
    boolean uses(Object service) {
      return transport.service() == service
          || devices.service() == service
          || live.stream().anyMatch(lease -> lease.service() == service)
          || rules.stream().anyMatch(lease -> lease.service() == service);
    }
  }
}
