package org.godwit.api.machine;

import org.godwit.api.savestate.SectionKey;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Keeps device sections byte for byte. Used by one thread, except {@link #section}: in postcopy the
 * package and what follows it bring sections from two threads at once.
 */
@ConsumerType
public interface DeviceRecorder {

  /**
   * One device section, in stream order; {@code globalstate} is one of them.
   *
   * @param key idstr and instance
   * @param version section version
   * @param body body bytes without header and footer; the callee keeps the array
   * @throws MachineException if it cannot be kept
   */
  void section(SectionKey key, int version, byte[] body) throws MachineException;

  /**
   * One device section that came before the live state (see {@link
   * org.godwit.api.savestate.DeviceState#early}), in stream order and before all others.
   *
   * @param key idstr and instance
   * @param version section version
   * @param body body bytes without header and footer; the callee keeps the array
   * @throws MachineException if it cannot be kept; so does the default, for all
   */
  default void earlySection(SectionKey key, int version, byte[] body) throws MachineException {
    throw new MachineException(
        "Section " + key + " comes before the memory, and this machine keeps none there");
  }

  /**
   * The description that followed the sections; not called if the stream has none.
   *
   * @param json text as received
   * @throws MachineException if it cannot be kept
   */
  void description(String json) throws MachineException;
}
