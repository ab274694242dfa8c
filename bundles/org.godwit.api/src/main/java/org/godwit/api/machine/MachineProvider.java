package org.godwit.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Makes machines of one kind; registered as a service by each {@code machine.*} bundle.
 *
 * <p>Thread-safe. Two machines of one provider are independent.
 */
@ConsumerType
public interface MachineProvider {

  /** Service property with the kind, which users of this service select by. */
  String KIND_PROPERTY = "godwit.machine.kind";

  /**
   * Kind of machines, the word users give; also the value of {@link #KIND_PROPERTY}.
   *
   * @return for example {@code kvm} or {@code scripted}
   */
  String kind();

  /**
   * Looks whether this host can run such machines; no side effects that last.
   *
   * @return available, or the reason why not
   */
  Support probe();

  /**
   * Makes a machine with its guest program loaded, not yet started ({@link RunState#PRELAUNCH}).
   *
   * @param spec what to make
   * @return the machine; the caller closes it
   * @throws MachineException if the host cannot, or an option is unknown or out of range
   */
  Machine create(MachineSpec spec) throws MachineException;

  /**
   * Makes an empty machine that waits for a guest ({@link RunState#INMIGRATE}).
   *
   * @param spec what to make; must fit what the peer will announce
   * @return the empty machine; the caller closes it
   * @throws MachineException if the host cannot, or an option is unknown or out of range
   */
  IncomingMachine prepare(MachineSpec spec) throws MachineException;
}
