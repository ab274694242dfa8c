package org.godwit.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Starts guests in processes of another hypervisor that speaks the same migration stream, to show
 * and test that guests move between it and Godwit. Registered as a service. Thread-safe.
 */
@ConsumerType
public interface GuestProcesses {

  /**
   * Name of the hypervisor.
   *
   * @return for example {@code qemu}
   */
  String kind();

  /**
   * Looks whether the hypervisor is installed here.
   *
   * @return available, or the reason why not
   */
  Support probe();

  /**
   * Starts a process with a guest that keeps writing and checking its memory, or an empty one.
   *
   * @param memoryBytes guest memory in bytes, a positive multiple of 1 MiB, at least 64 MiB
   * @param waiting whether it shall wait for a guest instead of running its own
   * @return the process; the caller closes it
   * @throws MachineException if it does not start
   */
  GuestProcess start(long memoryBytes, boolean waiting) throws MachineException;
}
