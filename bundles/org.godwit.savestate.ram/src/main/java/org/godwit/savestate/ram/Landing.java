package org.godwit.savestate.ram;

import java.lang.foreign.MemorySegment;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultRegion.Resolution;

/** Where the host pages of one block go in postcopy. Thread-safe as far as pages differ. */
sealed interface Landing {
  /** Places whole host pages, each in one step. */
  void place(long offset, MemorySegment from, long fromOffset, long length) throws StateException;

  /** Places whole host pages of zeros. */
  void zero(long offset, long length) throws StateException;

  /** Makes pages absent. */
  void discard(long offset, long length) throws StateException;

  /** A block of a guest at rest: nobody looks before everything is there. */
  record AtRest(RamBlock block) implements Landing {
    @Override
    public void place(long offset, MemorySegment from, long fromOffset, long length)
        throws StateException {
      try {
        block.write(offset, from, fromOffset, length);
      } catch (MachineException e) {
        throw failed(e);
      }
    }

    /** Writes target pages in a row, whose content lies at equal distances. */
    void placeRow(long offset, MemorySegment from, long fromOffset, long stride, int pages)
        throws StateException {
      try {
        block.writePages(offset, from, fromOffset, stride, (int) RamState.PAGE, pages);
      } catch (MachineException e) {
        throw failed(e);
      }
    }

    @Override
    public void zero(long offset, long length) throws StateException {
      try {
        block.zero(offset, length);
      } catch (MachineException e) {
        throw failed(e);
      }
    }

    @Override
    public void discard(long offset, long length) throws StateException {
      zero(offset, length);
    }

    private static StateException failed(MachineException e) {
      return new StateException(Fault.ENVIRONMENT, String.valueOf(e.getMessage()), e);
    }
  }

  /** A block whose absent pages are trapped. */
  record Trapped(String block, UserfaultRegion region) implements Landing {
    private static final int MOST_TRIES = 1000;

    @Override
    public void place(long offset, MemorySegment from, long fromOffset, long length)
        throws StateException {
      try {
        Resolution how = region.install(offset, from, fromOffset, length);
        for (int i = 0; how == Resolution.RETRY && i < MOST_TRIES; i++) {
          how = region.install(offset, from, fromOffset, length);
        }
        require(how, offset);
      } catch (UserfaultException e) {
        throw failed(offset, e);
      }
    }

    @Override
    public void zero(long offset, long length) throws StateException {
      try {
        Resolution how = region.installZero(offset, length);
        for (int i = 0; how == Resolution.RETRY && i < MOST_TRIES; i++) {
          how = region.installZero(offset, length);
        }
        require(how, offset);
      } catch (UserfaultException e) {
        throw failed(offset, e);
      }
    }

    private void require(Resolution how, long offset) throws StateException {
      if (how != Resolution.INSTALLED) {
        throw new StateException(
            Fault.LOCAL,
            "The page at offset %d of block %s cannot be placed: %s"
                .formatted(offset, block, reason(how)));
      }
    }

    private static String reason(Resolution how) {
      return switch (how) {
        case ALREADY_PRESENT -> "something here touched the memory past the trap";
        case GONE -> "the trap is gone";
        default -> "the kernel asks again and again to try later";
      };
    }

    @Override
    public void discard(long offset, long length) throws StateException {
      try {
        region.discard(offset, length);
      } catch (UserfaultException e) {
        throw failed(offset, e);
      }
    }

    private StateException failed(long offset, UserfaultException e) {
      return new StateException(
          Fault.ENVIRONMENT,
          "Memory at offset %d of block %s: %s".formatted(offset, block, e.getMessage()),
          e);
    }
  }
}
