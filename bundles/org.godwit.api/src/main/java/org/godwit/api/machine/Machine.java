package org.godwit.api.machine;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.godwit.api.savestate.DeviceState;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A guest with its memory and devices: what migrates.
 *
 * <p>Thread-safe. Whoever made the machine closes it. The engine pauses it at switchover, starts it
 * again when a migration failed, and marks it {@link RunState#POSTMIGRATE} when the guest left.
 */
@ConsumerType
public interface Machine extends AutoCloseable {

  /**
   * Name in this container.
   *
   * @return unique name
   */
  String name();

  /**
   * Machine type, as the configuration section carries it.
   *
   * @return for example {@code pc-i440fx-7.2}
   */
  String machineType();

  /**
   * UUID of the guest.
   *
   * @return empty if none is set
   */
  Optional<UUID> uuid();

  /**
   * How streams of this machine type are laid out.
   *
   * @return traits, constant for the life of the machine
   */
  StreamTraits traits();

  /**
   * RAM blocks in stream order (largest first).
   *
   * @return unmodifiable, constant for the life of the machine
   */
  List<RamBlock> blocks();

  /**
   * The log of written pages; always the same object.
   *
   * @return dirty log, used by at most one migration at a time
   */
  DirtyLog dirtyLog();

  /**
   * Devices in the order of sending. {@code ram} is not among them, and {@code globalstate} only if
   * it was recorded with the others.
   *
   * @return unmodifiable list; state may be saved only while the guest is stopped
   */
  List<DeviceState> devices();

  /**
   * A recorded description of the device state, to be sent instead of one made from {@link
   * #devices()}.
   *
   * @return JSON text as received; empty if the devices describe themselves
   */
  Optional<String> recordedDescription();

  /**
   * Current run state.
   *
   * @return a snapshot
   */
  RunState runState();

  /**
   * Lets the guest run. Does nothing if it runs.
   *
   * @throws MachineException if it cannot run, or its state is being or was given away ({@link
   *     RunState#FINISH_MIGRATE}, {@link RunState#POSTMIGRATE}); a machine that never runs, such as
   *     an image, may be sent again
   */
  void start() throws MachineException;

  /**
   * Stops the guest; returns when no vCPU executes any more and devices are quiet. {@link
   * RunState#POSTMIGRATE} is final: no other state follows it, except for a machine that never
   * runs.
   *
   * @param reason run state to report: {@link RunState#PAUSED}, {@link RunState#FINISH_MIGRATE} or
   *     {@link RunState#POSTMIGRATE}; applies also if the guest is stopped already
   * @throws MachineException if a vCPU cannot be stopped, or the guest was given away and the
   *     reason is another one
   */
  void stop(RunState reason) throws MachineException;

  /**
   * What decides whether memory that the guest gives up may be discarded.
   *
   * @return always the same; empty if this machine never discards, which is what this method
   *     answers unless it is overridden
   */
  default Optional<DiscardSwitch> discards() {
    return Optional.empty();
  }

  /** Releases everything. Never throws; a second call does nothing. */
  @Override
  void close();
}
