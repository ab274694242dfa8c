package org.godwit.api.machine;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One named, contiguous piece of guest RAM (QEMU: RAM block).
 *
 * <p>All offsets and lengths are bytes from the start of the block; those handed to {@link #write},
 * {@link #read} and {@link #zero} need not be page aligned unless stated. Implementations check
 * ranges and throw {@link IndexOutOfBoundsException} for a range outside the block: callers have
 * checked what came from a peer before.
 *
 * <p>Thread-safety: any thread may call any method; two writers of the same bytes must order
 * themselves.
 */
@ConsumerType
public interface RamBlock {

  /**
   * Name of the block on the wire, for example {@code pc.ram}.
   *
   * @return 1 to 255 bytes of UTF-8
   */
  String name();

  /**
   * Length in use.
   *
   * @return bytes, a positive multiple of 4096
   */
  long length();

  /**
   * Size of the host pages behind the block.
   *
   * @return bytes, a power of two of at least 4096
   */
  long pageSize();

  /**
   * Guest physical address of the block, as capability {@code x-ignore-shared} sends it.
   *
   * @return guest physical address, 0 if the block is not mapped
   */
  long guestAddress();

  /**
   * The block's memory in this process, for calls that must not copy (gathering writes, zero-page
   * tests).
   *
   * <p>Present only while <em>all</em> of it may be touched by Java code: a block whose pages can
   * be missing (incoming postcopy) answers empty, because a Java thread that faults on a missing
   * page cannot reach a safepoint.
   *
   * @return the mapping, exactly {@link #length()} bytes, valid until the machine is closed; empty
   *     if the block is not mapped or not all present
   */
  Optional<MemorySegment> mapping();

  /**
   * The block's side for incoming postcopy.
   *
   * @return empty if pages of this block cannot be absent, which is what this method answers unless
   *     it is overridden
   */
  default Optional<PostcopyMemory> postcopy() {
    return Optional.empty();
  }

  /**
   * Skips what was never written, without touching it: a touch would make it present.
   *
   * <p>The answer holds for the moment of the call. A sender asks after it has cleared the dirty
   * bits and re-armed the log of the pages that it is going to skip, so a write that comes later is
   * reported.
   *
   * @param offset first byte, page aligned, less than {@link #length()}
   * @return page aligned offset of the first page from there on that may hold anything but zeros;
   *     {@link #length()} if there is none; {@code offset} itself if the block cannot tell, which
   *     is what this method answers unless it is overridden
   */
  default long nextData(long offset) {
    return offset;
  }

  /**
   * Copies block content out.
   *
   * @param offset first byte in the block
   * @param into target
   * @param intoOffset first byte in the target
   * @param length bytes to copy
   * @throws MachineException if the content cannot be had (input error, memory gone)
   */
  void read(long offset, MemorySegment into, long intoOffset, long length) throws MachineException;

  /**
   * Replaces block content.
   *
   * @param offset first byte in the block
   * @param from source
   * @param fromOffset first byte in the source
   * @param length bytes to copy
   * @throws MachineException if the content cannot be kept (disk full, memory gone)
   */
  void write(long offset, MemorySegment from, long fromOffset, long length) throws MachineException;

  /**
   * Replaces pages that follow each other in the block, and lie apart by a fixed distance in the
   * source, as they do in a stream. Does what one {@link #write} a page does, which is what this
   * method does unless it is overridden.
   *
   * @param offset first byte in the block, page aligned
   * @param from source, native memory
   * @param fromOffset first byte of the first page in the source
   * @param stride distance of two pages in the source, bytes, at least {@code pageSize}
   * @param pageSize bytes of a page
   * @param pages how many, at least 1
   * @throws MachineException if the content cannot be kept (disk full, memory gone)
   */
  default void writePages(
      long offset, MemorySegment from, long fromOffset, long stride, int pageSize, int pages)
      throws MachineException {
    for (int i = 0; i < pages; i++) {
      write(offset + (long) i * pageSize, from, fromOffset + i * stride, pageSize);
    }
  }

  /**
   * Makes a range read as zeros, without keeping memory or disk for it where the platform can.
   *
   * @param offset first byte, page aligned
   * @param length bytes, a multiple of the page size of the stream
   * @throws MachineException if it cannot be done
   */
  void zero(long offset, long length) throws MachineException;

  /**
   * Gives the memory of a range back to the host that the guest does not need any more (balloon
   * inflation, free page reporting), unless somebody holds {@link Machine#discards()}. What was
   * given back reads as zeros.
   *
   * @param offset first byte, a multiple of {@link #pageSize()}
   * @param length bytes, a multiple of {@link #pageSize()}
   * @return whether it was given back; false if the content stays, because the switch is held or
   *     because this block never gives anything back, which is what this method answers unless it
   *     is overridden
   * @throws MachineException if the host refuses; the content is unchanged then
   */
  default boolean discard(long offset, long length) throws MachineException {
    return false;
  }

  /**
   * Gives the memory of a range back to the host, for capability {@code release-ram}: the guest
   * left for good, the destination has confirmed that it holds these pages, and nobody will want
   * them from here again. What the range reads as from now on is undefined.
   *
   * <p>A block whose content outlives the machine, such as that of an image, keeps it.
   *
   * @param offset first byte, a multiple of {@link #pageSize()}
   * @param length bytes, a multiple of {@link #pageSize()}
   * @return whether the range was given back; false if this block keeps what it has, which is what
   *     this method answers unless it is overridden
   * @throws MachineException if the host refuses; the content is unchanged then
   */
  default boolean release(long offset, long length) throws MachineException {
    return false;
  }
}
