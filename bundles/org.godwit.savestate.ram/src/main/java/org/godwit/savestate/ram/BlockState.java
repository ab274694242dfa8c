package org.godwit.savestate.ram;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;

/**
 * What the sender knows of one block: which pages are dirty, and which chunks of the machine's
 * dirty log must be re-armed before their pages are read (precopy engine, section 4). Not
 * thread-safe.
 */
final class BlockState {
  /** Pages of a chunk: 1 GiB of guest memory. */
  static final int CHUNK_SHIFT = 18;

  private final RamBlock block;
  private final int index;
  private final DirtyBitmap dirty;
  private final DirtyBitmap chunks;
  private final Optional<MemorySegment> mapping;

  BlockState(RamBlock block, int index, Arena arena) {
    this.block = block;
    this.index = index;
    this.mapping = block.mapping();
    long pages = block.length() / RamState.PAGE;
    this.dirty = new DirtyBitmap(pages, arena);
    this.chunks = new DirtyBitmap(((pages - 1) >>> CHUNK_SHIFT) + 1, arena);
    dirty.setAll();
  }

  RamBlock block() {
    return block;
  }

  /** Position in the block list. */
  int index() {
    return index;
  }

  DirtyBitmap dirty() {
    return dirty;
  }

  Optional<MemorySegment> mapping() {
    return mapping;
  }

  /** Fetches the log; returns how many pages became dirty. */
  long sync(DirtyLog log) throws MachineException {
    long added = log.fetch(block, dirty.words());
    dirty.added(added);
    chunks.setAll();
    return added;
  }

  /** Before pages are read: re-arms the log of their chunk, once after each sync. */
  void prepare(DirtyLog log, long page) throws MachineException {
    long chunk = page >>> CHUNK_SHIFT;
    if (chunks.clear(chunk)) {
      long first = chunk << CHUNK_SHIFT;
      log.rearm(block, first, Math.min(1L << CHUNK_SHIFT, dirty.pages() - first));
    }
  }
}
