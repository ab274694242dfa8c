package org.godwit.api.machine;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Guest RAM whose pages can be absent, as those see it who place them. It has no <code>get</code>:
 * a Java thread that touches an absent page blocks inside the kernel without reaching a safepoint,
 * and the whole process hangs with it.
 */
public sealed interface GuestMemory
    permits GuestMemory.Native, GuestMemory.Foreign, GuestMemory.Gated {

  /**
   * How much there is.
   *
   * @return bytes, a multiple of {@link #pageSize()}
   */
  long length();

  /**
   * The unit in which pages are absent, placed and dropped.
   *
   * @return bytes of a host page, a power of two of at least 4096
   */
  long pageSize();

  /**
   * Refuses a range that is not made of whole pages of this memory.
   *
   * @param offset first byte
   * @param length bytes
   * @throws IndexOutOfBoundsException if it is not inside the memory
   * @throws IllegalArgumentException if it is empty or does not begin and end with a page
   */
  default void checkPages(long offset, long length) {
    Objects.checkFromIndexSize(offset, length, length());
    if (length == 0 || ((offset | length) & (pageSize() - 1)) != 0) {
      throw new IllegalArgumentException(
          "offset %d with %d bytes is not made of pages of %d bytes"
              .formatted(offset, length, pageSize()));
    }
  }

  /**
   * Memory that vCPUs and other native code reach by its address; the kernel traps what is absent.
   *
   * @param address first byte in this process, page aligned
   * @param length bytes, a multiple of the page size
   * @param pageSize bytes of a host page (2 MiB or more for hugetlb pages)
   * @param kind what lies behind it
   */
  record Native(long address, long length, long pageSize, Kind kind) implements GuestMemory {
    /** Checks the values. */
    public Native {
      checkShape(address, length, pageSize);
    }
  }

  /**
   * Memory of another process, which traps it and hands its faults over.
   *
   * @param address first byte in that process, page aligned
   * @param length bytes, a multiple of the page size
   * @param pageSize bytes of a host page
   */
  record Foreign(long address, long length, long pageSize) implements GuestMemory {
    /** Checks the values. */
    public Foreign {
      checkShape(address, length, pageSize);
    }
  }

  private static void checkShape(long address, long length, long pageSize) {
    if (pageSize < 4096 || Long.bitCount(pageSize) != 1) {
      throw new IllegalArgumentException("pages of " + pageSize + " bytes");
    }
    if (address <= 0
        || length <= 0
        || address > Long.MAX_VALUE - length
        || ((address | length) & (pageSize - 1)) != 0) {
      throw new IllegalArgumentException(
          "memory at 0x%x of %d bytes is not made of pages of %d bytes"
              .formatted(address, length, pageSize));
    }
  }

  /** What lies behind native memory, which decides how pages are dropped. */
  enum Kind {
    /** Anonymous memory of this process alone. */
    PRIVATE,
    /** A memfd or another shared mapping. */
    SHARED
  }

  /**
   * Memory that is reached only through Godwit, which waits at a {@link PageGate} before every
   * access. The three operations here go past the gate. Thread-safe; callers order operations on
   * the same page.
   */
  @ConsumerType
  non-sealed interface Gated extends GuestMemory {
    /**
     * Writes pages.
     *
     * @param offset first byte, page aligned
     * @param from content
     * @param fromOffset first byte of the content
     * @param length bytes, whole pages
     * @throws MachineException if the content cannot be kept
     */
    void place(long offset, MemorySegment from, long fromOffset, long length)
        throws MachineException;

    /**
     * Makes pages zero.
     *
     * @param offset first byte, page aligned
     * @param length bytes, whole pages
     * @throws MachineException if that cannot be done
     */
    void placeZero(long offset, long length) throws MachineException;

    /**
     * Gives the memory of pages back; they read as zeros then.
     *
     * @param offset first byte, page aligned
     * @param length bytes, whole pages
     * @throws MachineException if that cannot be done
     */
    void drop(long offset, long length) throws MachineException;
  }
}
