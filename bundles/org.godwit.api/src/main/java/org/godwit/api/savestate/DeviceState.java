package org.godwit.api.savestate;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * State of one device of a stopped guest: one FULL section. Prefer {@link StateLayout#device} over
 * implementing this by hand.
 *
 * <p>Used by one thread at a time.
 */
@ConsumerType
public interface DeviceState {

  /**
   * Name and instance on the wire.
   *
   * @return key, unique within a machine
   */
  SectionKey key();

  /**
   * Version that {@link #save} writes; a higher one is refused on load.
   *
   * @return 0 or more
   */
  int version();

  /**
   * Lowest version that {@link #load} understands.
   *
   * @return 0 to {@link #version()}
   */
  int minimumVersion();

  /**
   * Whether the section comes before the live state, right after the configuration, because pages
   * cannot be taken without it (virtio-mem tells so which memory is plugged). Its state must not
   * change while the guest migrates.
   *
   * @return true for an early section; false (the default) for one of a stopped guest
   */
  default boolean early() {
    return false;
  }

  /**
   * Writes the body of the section.
   *
   * @param out body without header and footer
   * @return description of exactly what was written
   * @throws StateException if the state cannot be had
   * @throws IOException if the channel is broken
   */
  StateDescription save(StateWriter out) throws StateException, IOException;

  /**
   * Reads the body of a section and puts it into the device, not more and not less.
   *
   * @param in body
   * @param version version of the section, within {@link #minimumVersion()} and {@link #version()}
   * @throws StateException if the content is not acceptable
   * @throws IOException if the channel is broken
   */
  void load(StateReader in, int version) throws StateException, IOException;
}
