package org.godwit.machine.mapped;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BiPredicate;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.PageGate;
import org.godwit.api.machine.PostcopyMemory;
import org.godwit.linux.Mapping;
import org.godwit.linux.RawMemory;
import org.jspecify.annotations.Nullable;

/**
 * What a block does while its pages can be absent: it waits at the gate, and moves bytes in native
 * code only, so that even an access that slips past the gate stops no other thread.
 *
 * <p>Thread-safe; {@link PostcopyMemory} tells the order of its own calls.
 */
final class AbsentPages implements PostcopyMemory {
  private static final int PIECE = 1 << 16;

  private final Mapping mapping;
  private final GuestMemory.Native trapped;
  private final GuestMemory.Gated gated;
  private final BiPredicate<GuestMemory.Native, GuestMemory.Gated> byKernel;

  /** Decided once, when somebody wants to place pages; guarded by this. */
  private @Nullable GuestMemory memory;

  /** Set by the migration's thread before pages are received, read by whoever writes pages. */
  private volatile boolean prepared;

  /** Set while pages can be absent, by the migration's thread; read before every access. */
  private volatile @Nullable PageGate gate;

  /**
   * For a block.
   *
   * @param byKernel whether the kernel is to trap absent pages; if not, everybody who touches the
   *     memory waits at the gate first
   */
  AbsentPages(
      Mapping mapping,
      Backing backing,
      BiPredicate<GuestMemory.Native, GuestMemory.Gated> byKernel) {
    this.mapping = mapping;
    this.byKernel = byKernel;
    this.gated = new GatedMapping(mapping, backing.discard());
    long address = mapping.segment().address();
    this.trapped = new GuestMemory.Native(address, mapping.length(), Mapping.PAGE, backing.kind());
  }

  @Override
  public synchronized GuestMemory memory() {
    GuestMemory known = memory;
    if (known == null) {
      known = byKernel.test(trapped, gated) ? trapped : gated;
      memory = known;
    }
    return known;
  }

  /** Waits until pages may be touched; at once if the kernel traps them, or nothing is absent. */
  void await(long offset, long length, boolean write) throws MachineException {
    PageGate where = gate;
    if (where != null && memory() == gated) {
      where.await(offset, length, write);
    }
  }

  /** Whether whoever touches the memory has to wait at the gate himself. */
  boolean gated() {
    return gate != null && memory() == gated;
  }

  @Override
  public void prepare() {
    prepared = true;
  }

  @Override
  public void guard(PageGate where) {
    gate = where;
  }

  @Override
  public void release() {
    gate = null;
    if (prepared) {
      prepared = false;
      // As the block was made; whoever trapped its pages had to forbid huge ones.
      mapping.tryAdvise(Mapping.Advice.HUGEPAGE, 0, mapping.length());
    }
  }

  /** Whether exactly those pages are to become present that are written. */
  boolean prepared() {
    return prepared;
  }

  /** Whether Java code must not touch the memory. */
  boolean guarded() {
    return gate != null;
  }

  /** Reads; false if nothing is guarded and the caller shall do it. */
  boolean read(long offset, MemorySegment into, long intoOffset, long length)
      throws MachineException {
    PageGate where = gate;
    if (where == null) {
      return false;
    }
    where.await(offset, length, false);
    if (into.isNative()) {
      RawMemory.read(address(offset), into, intoOffset, length);
      return true;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment between = arena.allocate(length);
      RawMemory.read(address(offset), between, 0, length);
      MemorySegment.copy(between, 0, into, intoOffset, length);
      return true;
    }
  }

  /** Writes; false if nothing is guarded and the caller shall do it. */
  boolean write(long offset, MemorySegment from, long fromOffset, long length)
      throws MachineException {
    PageGate where = gate;
    if (where == null) {
      return false;
    }
    where.await(offset, length, true);
    if (from.isNative()) {
      RawMemory.write(address(offset), from, fromOffset, length);
      return true;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment between = arena.allocate(length);
      MemorySegment.copy(from, fromOffset, between, 0, length);
      RawMemory.write(address(offset), between, 0, length);
      return true;
    }
  }

  /** Makes zero; false if nothing is guarded and the caller shall do it. */
  boolean zero(long offset, long length) throws MachineException {
    if (gate == null) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment zeros = arena.allocate(Math.min(length, PIECE));
      long done = 0;
      while (done < length) {
        long part = Math.min(length - done, PIECE);
        write(offset + done, zeros, 0, part);
        done += part;
      }
      return true;
    }
  }

  private long address(long offset) {
    return mapping.segment().address() + offset;
  }
}
