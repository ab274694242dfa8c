package org.godwit.machine.mapped;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BiPredicate;
import org.godwit.api.machine.DiscardSwitch;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.PostcopyMemory;
import org.godwit.api.machine.RamBlock;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;

/**
 * A RAM block over a mapping of this process, all of which may be touched by Java code unless pages
 * of it are {@linkplain #postcopy() absent}.
 *
 * <p>Receiving into fresh memory is bounded by the first touch of it. The block therefore remembers
 * which pieces of 2 MiB were touched: a zero page for an untouched piece costs nothing, and where
 * pages arrive in order the whole piece is made present by one system call.
 *
 * <p>Thread-safe; writers of the same bytes order themselves.
 */
public final class MappedBlock implements RamBlock, AutoCloseable {
  private static final long PIECE = 2L << 20;

  private final String name;
  private final Backing backing;
  private final Mapping mapping;
  private final MemorySegment memory;
  private final PageMarks marks;
  private final AtomicIntegerArray touched;
  private final AbsentPages absent;
  private final DiscardSwitch discards = new DiscardSwitch();

  /** Set by the migration that released memory; read by whoever wants all of it. */
  private volatile boolean released;

  /** Set once when a guest may write behind our back; read on the zero path of any thread. */
  private volatile boolean alive;

  private MappedBlock(
      String name,
      Backing backing,
      Mapping mapping,
      BiPredicate<GuestMemory.Native, GuestMemory.Gated> byKernel) {
    this.name = name;
    this.backing = backing;
    this.mapping = mapping;
    this.memory = mapping.segment();
    this.marks = new PageMarks(mapping.length());
    this.absent = new AbsentPages(mapping, backing, byKernel);
    this.touched = new AtomicIntegerArray((int) ((mapping.length() + PIECE - 1) / PIECE));
  }

  /**
   * Makes a block of zeros.
   *
   * @param name its name on the wire
   * @param length bytes, whole pages
   * @param backing kind of memory
   * @return the block; the caller closes it
   * @throws MachineException if there is not enough memory
   */
  public static MappedBlock allocate(String name, long length, Backing backing)
      throws MachineException {
    return allocate(name, length, backing, (_, _) -> true);
  }

  /**
   * As {@link #allocate(String, long, Backing)}, for a guest that can wait at a gate before it
   * touches a page ({@link #awaitPages}).
   *
   * @param name its name on the wire
   * @param length bytes, whole pages
   * @param backing kind of memory
   * @param byKernel asked when pages are about to be absent for the first time, with the two shapes
   *     that the memory can have: whether the kernel traps them; if not, the guest waits at the
   *     gate
   * @return the block; the caller closes it
   * @throws MachineException if there is not enough memory
   */
  public static MappedBlock allocate(
      String name,
      long length,
      Backing backing,
      BiPredicate<GuestMemory.Native, GuestMemory.Gated> byKernel)
      throws MachineException {
    try {
      return new MappedBlock(name, backing, backing.map("godwit-" + name, length), byKernel);
    } catch (LinuxException e) {
      throw new MachineException("Cannot get " + length + " bytes for block " + name, e);
    }
  }

  /**
   * Marks of pages that this process writes through the block, for a log that misses them.
   *
   * @return the marks, switched off at first
   */
  public PageMarks marks() {
    return marks;
  }

  /**
   * The memory itself, for the machine that owns the block.
   *
   * @return the mapping; only {@link #close()} of the block closes it
   */
  public Mapping memory() {
    return mapping;
  }

  /**
   * Where a guest waits before it touches pages that nobody else traps. Returns at once while
   * nothing is absent, and where the kernel traps.
   *
   * @param offset first byte
   * @param length bytes
   * @param write whether it is going to write
   * @throws MachineException if the pages will never come, or the thread is interrupted
   */
  public void awaitPages(long offset, long length, boolean write) throws MachineException {
    absent.await(offset, length, write);
  }

  /**
   * Whether {@link #awaitPages} may have to wait.
   *
   * @return false while nothing is absent, and where the kernel traps
   */
  public boolean gated() {
    return absent.gated();
  }

  /** From now on a guest may write: nothing can be assumed to be untouched any more. */
  public void enliven() {
    alive = true;
  }

  /**
   * Throws the content away: zeros again, as fresh.
   *
   * @throws MachineException if the kernel refuses
   */
  public void clear() throws MachineException {
    drop(0, length());
    for (int i = 0; i < touched.length(); i++) {
      touched.set(i, 0);
    }
    alive = false;
    released = false;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long length() {
    return memory.byteSize();
  }

  @Override
  public long pageSize() {
    return Mapping.PAGE;
  }

  @Override
  public long guestAddress() {
    return 0;
  }

  @Override
  public Optional<MemorySegment> mapping() {
    return absent.guarded() ? Optional.empty() : Optional.of(memory);
  }

  @Override
  public Optional<PostcopyMemory> postcopy() {
    return Optional.of(absent);
  }

  /**
   * The memory, for Java code that reads all of it.
   *
   * @param what that code does, for the message
   * @return as {@link #mapping()}
   * @throws MachineException if pages can be absent at the moment, or were released
   */
  public MemorySegment whole(String what) throws MachineException {
    if (released) {
      throw new MachineException(
          "Cannot %s: the guest left and memory of block %s was released".formatted(what, name));
    }
    return mapping()
        .orElseThrow(
            () ->
                new MachineException(
                    "Cannot %s while pages of block %s have yet to arrive".formatted(what, name)));
  }

  @Override
  public void read(long offset, MemorySegment into, long intoOffset, long length)
      throws MachineException {
    Objects.checkFromIndexSize(offset, length, length());
    if (!absent.read(offset, into, intoOffset, length)) {
      MemorySegment.copy(memory, offset, into, intoOffset, length);
    }
  }

  @Override
  public void write(long offset, MemorySegment from, long fromOffset, long length)
      throws MachineException {
    Objects.checkFromIndexSize(offset, length, length());
    if (!absent.write(offset, from, fromOffset, length)) {
      touch(offset, length);
      MemorySegment.copy(from, fromOffset, memory, offset, length);
    }
    marks.mark(offset, length);
  }

  @Override
  public void writePages(
      long offset, MemorySegment from, long fromOffset, long stride, int pageSize, int pages) {
    long length = (long) pages * pageSize;
    Objects.checkFromIndexSize(offset, length, length());
    touch(offset, length);
    for (int i = 0; i < pages; i++) {
      long at = offset + (long) i * pageSize;
      MemorySegment.copy(from, fromOffset + i * stride, memory, at, pageSize);
    }
    marks.mark(offset, length);
  }

  @Override
  public void zero(long offset, long length) throws MachineException {
    Objects.checkFromIndexSize(offset, length, length());
    if (!absent.zero(offset, length)) {
      zeroPresent(offset, length);
    }
    marks.mark(offset, length);
  }

  private void zeroPresent(long offset, long length) throws MachineException {
    long at = offset;
    while (at < offset + length) {
      long end = Math.min(offset + length, (at / PIECE + 1) * PIECE);
      zeroWithin(at, end - at);
      at = end;
    }
  }

  /** Zeros a range within one piece. */
  private void zeroWithin(long offset, long length) throws MachineException {
    int piece = (int) (offset / PIECE);
    if (!alive && touched.get(piece) == 0) {
      return;
    }
    if (length == PIECE) {
      drop(offset, length);
      touched.set(piece, 0);
      return;
    }
    memory.asSlice(offset, length).fill((byte) 0);
  }

  @Override
  public boolean release(long offset, long length) throws MachineException {
    Objects.checkFromIndexSize(offset, length, length());
    released = true;
    drop(offset, length);
    return true;
  }

  /**
   * What decides whether the guest's discards are done.
   *
   * @return the switch of the machine
   */
  public DiscardSwitch discards() {
    return discards;
  }

  @Override
  public boolean discard(long offset, long length) throws MachineException {
    Objects.checkFromIndexSize(offset, length, length());
    return discards.discard(() -> drop(offset, length));
  }

  private void drop(long offset, long length) throws MachineException {
    try {
      mapping.advise(backing.discard(), offset, length);
    } catch (LinuxException e) {
      throw new MachineException("Cannot discard memory of block " + name, e);
    }
  }

  /**
   * Notes the first touch of a piece. A write to its first page looks like the beginning of a run:
   * one system call then makes all of it present, unless one fault does that anyway.
   */
  private void touch(long offset, long length) {
    int last = (int) ((offset + length - 1) / PIECE);
    for (int piece = (int) (offset / PIECE); piece <= last; piece++) {
      if (touched.get(piece) == 0 && touched.getAndSet(piece, 1) == 0) {
        populate(piece, offset);
      }
    }
  }

  private void populate(int piece, long offset) {
    long start = piece * PIECE;
    if (offset <= start && !absent.prepared()) {
      long length = Math.min(PIECE, length() - start);
      // A hint: if it fails (old kernel, memory short) the write itself faults page by page.
      mapping.tryAdvise(Mapping.Advice.POPULATE_WRITE, start, length);
    }
  }

  @Override
  public void close() {
    mapping.close();
  }

  @Override
  public String toString() {
    return name + " (" + length() + " bytes)";
  }
}
