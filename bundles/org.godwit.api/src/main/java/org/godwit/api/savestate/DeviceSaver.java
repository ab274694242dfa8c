package org.godwit.api.savestate;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** Saves the devices of one machine. Used by the sending thread while the guest is stopped. */
@ConsumerType
public interface DeviceSaver {

  /**
   * Device states in the order of sending.
   *
   * @return unmodifiable list
   */
  List<DeviceState> devices();

  /**
   * Writes the body of one device and remembers its description.
   *
   * @param device one of {@link #devices()}
   * @param out body
   * @throws StateException if the state cannot be had
   * @throws IOException if the channel is broken
   */
  void save(DeviceState device, StateWriter out) throws StateException, IOException;

  /**
   * The vmdescription of everything saved so far.
   *
   * @return JSON text; empty if the machine type has none
   */
  Optional<String> description();
}
