package org.godwit.machine.mapped;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.DiscardSwitch;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.savestate.DeviceState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving side of a machine whose blocks and devices are known beforehand.
 *
 * <p>Threads: as {@link IncomingMachine} says.
 */
public final class MappedIncoming implements IncomingMachine {

  /** The machine behind it. */
  public interface Vessel {
    /**
     * The machine that becomes whole at commit; closing it before that discards everything.
     *
     * @return the machine
     */
    Machine machine();

    /**
     * Blocks of the machine.
     *
     * @return the blocks, largest first
     */
    List<MappedBlock> mappedBlocks();

    /**
     * Puts devices back to how they were made; memory is cleared by the caller.
     *
     * @throws MachineException if that cannot be done
     */
    void reset() throws MachineException;

    /**
     * Everything has arrived: checks that device state came and makes the machine runnable.
     *
     * @throws MachineException if something is missing
     */
    void complete() throws MachineException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(MappedIncoming.class);
  private static final int PAGE_BITS = 12;

  private final Vessel vessel;
  private boolean committed;

  /**
   * Waits for a guest.
   *
   * @param vessel the empty machine
   */
  public MappedIncoming(Vessel vessel) {
    this.vessel = vessel;
  }

  @Override
  public String name() {
    return vessel.machine().name();
  }

  @Override
  public StreamTraits traits() {
    return vessel.machine().traits();
  }

  @Override
  public void configure(StreamConfiguration configuration) throws RefusedException {
    String expected = vessel.machine().machineType();
    if (!configuration.machineType().equals(expected)) {
      throw new RefusedException(
          "Machine type \"%s\" was announced, this machine is \"%s\""
              .formatted(configuration.machineType(), expected));
    }
    if (configuration.pageBits() != PAGE_BITS) {
      throw new RefusedException(
          "Pages of 2^%d bytes were announced, this machine has 2^%d"
              .formatted(configuration.pageBits(), PAGE_BITS));
    }
  }

  @Override
  public List<RamBlock> announce(List<BlockAnnouncement> announced) throws RefusedException {
    List<RamBlock> found = new ArrayList<>();
    for (BlockAnnouncement block : announced) {
      RamBlock known = find(block);
      if (found.contains(known)) {
        throw new RefusedException("Block " + block.name() + " was announced twice");
      }
      found.add(known);
    }
    if (found.size() != vessel.mappedBlocks().size()) {
      throw new RefusedException(
          "%d blocks were announced, this machine has %d: %s"
              .formatted(found.size(), vessel.mappedBlocks().size(), vessel.mappedBlocks()));
    }
    return found;
  }

  private RamBlock find(BlockAnnouncement announced) throws RefusedException {
    for (MappedBlock block : vessel.mappedBlocks()) {
      if (block.name().equals(announced.name())) {
        return checked(block, announced);
      }
    }
    throw new RefusedException(
        "Block \"%s\" was announced, this machine has %s"
            .formatted(announced.name(), vessel.mappedBlocks()));
  }

  private static RamBlock checked(MappedBlock block, BlockAnnouncement announced)
      throws RefusedException {
    if (block.length() != announced.length()) {
      throw new RefusedException(
          "Block %s was announced with %d bytes, this machine has %d: give both the same memory"
              .formatted(block.name(), announced.length(), block.length()));
    }
    if (announced.pageSize() != 0 && announced.pageSize() != block.pageSize()) {
      throw new RefusedException(
          "Block %s was announced with pages of %d bytes, this machine has %d"
              .formatted(block.name(), announced.pageSize(), block.pageSize()));
    }
    return block;
  }

  @Override
  public DeviceLoading deviceLoading() {
    List<DeviceState> devices = vessel.machine().devices();
    return new DeviceLoading.Known(devices);
  }

  @Override
  public Optional<DiscardSwitch> discards() {
    return vessel.machine().discards();
  }

  @Override
  public boolean reset() {
    try {
      for (MappedBlock block : vessel.mappedBlocks()) {
        block.clear();
      }
      vessel.reset();
      return true;
    } catch (MachineException e) {
      LOG.warn("Machine {} takes no other peer", name(), e);
      return false;
    }
  }

  @Override
  public synchronized Machine commit() throws MachineException {
    vessel.complete();
    committed = true;
    return vessel.machine();
  }

  @Override
  public synchronized void discard() {
    if (!committed) {
      vessel.machine().close();
    }
  }
}
