package org.godwit.api.machine;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A machine that is being received: the receiver's view of it until the guest has arrived.
 *
 * <p>Order of calls: {@link #configure}, {@link #announce}, writes into the blocks, device state
 * through {@link #deviceLoading()}, then exactly one of {@link #commit} or {@link #discard()}. Used
 * by one thread at a time, except {@link #discard()}, which any thread may call.
 *
 * <p>A {@link RefusedException} of {@link #configure} or {@link #announce} leaves the machine as it
 * was: the next peer may be tried, from {@link #configure} on.
 */
@ConsumerType
public interface IncomingMachine extends AutoCloseable {

  /**
   * Name in this container.
   *
   * @return unique name
   */
  String name();

  /**
   * Expected layout of the stream.
   *
   * @return traits of the machine type that is waited for
   */
  StreamTraits traits();

  /**
   * Compares the announced configuration with the machine, before anything changes.
   *
   * @param configuration what the peer announced
   * @throws RefusedException if it does not fit
   */
  void configure(StreamConfiguration configuration) throws RefusedException;

  /**
   * Compares the announced blocks with the machine (or makes them, for machines that take any), and
   * hands out the blocks in announced order.
   *
   * @param announced block list as received, within the receiver's limits
   * @return one block for each announcement, same order; all zero
   * @throws RefusedException if a block is unknown or of another size
   * @throws MachineException if memory or disk for the blocks cannot be had
   */
  List<RamBlock> announce(List<BlockAnnouncement> announced) throws MachineException;

  /**
   * How this machine wants its device sections.
   *
   * @return known devices, or a recorder
   */
  DeviceLoading deviceLoading();

  /**
   * What decides whether memory that the guest gives up may be discarded; that of the machine that
   * {@link #commit()} makes. Postcopy holds it from ADVISE on until all of the memory is here.
   *
   * @return always the same; empty if the machine never discards, which is what this method answers
   *     unless it is overridden
   */
  default Optional<DiscardSwitch> discards() {
    return Optional.empty();
  }

  /**
   * Everything has arrived: makes the machine whole, stopped. From here on the guest exists here.
   *
   * @return the machine, in run state {@link RunState#PAUSED}; the caller closes it
   * @throws MachineException if it cannot be made whole (disk full); nothing half-made is left then
   */
  Machine commit() throws MachineException;

  /**
   * Forgets everything received and makes the machine ready for another peer, from {@link
   * #configure} on, with memory that reads as zero again. Called instead of {@link #discard()} when
   * a stream broke or was refused half way, so that the receiver can take the next one.
   *
   * @return true if the machine is as fresh; false if it cannot be used again (the default): the
   *     caller then discards it and the migration ends
   */
  default boolean reset() {
    return false;
  }

  /** Forgets everything received and releases it. Never throws; may be called at any time. */
  void discard();

  /** Same as {@link #discard()} unless committed. */
  @Override
  default void close() {
    discard();
  }
}
