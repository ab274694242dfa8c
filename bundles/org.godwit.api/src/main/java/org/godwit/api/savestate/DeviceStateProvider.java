package org.godwit.api.savestate;

import org.osgi.annotation.versioning.ConsumerType;

/** Saves and loads the devices of machines; registered as a service. Thread-safe. */
@ConsumerType
public interface DeviceStateProvider {

  /**
   * The devices of one outgoing migration, machine-independent ones ({@code globalstate}) included.
   *
   * @param context the migration
   * @return saver, used by the sending thread
   */
  DeviceSaver outgoing(OutgoingContext context);

  /**
   * The devices of one incoming migration.
   *
   * @param context the migration
   * @return loader, used by the receiving thread
   */
  DeviceLoader incoming(IncomingContext context);
}
