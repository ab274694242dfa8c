package org.godwit.api.userfault;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.PageGate;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Memory under trap. Thread-safe; callers order a {@link #discard} against placing the same page.
 *
 * <p>Ranges are whole pages of {@link GuestMemory#pageSize()}. A range outside the memory is an
 * {@link IndexOutOfBoundsException}, one that is empty or not made of whole pages an {@link
 * IllegalArgumentException}; nothing has changed then.
 */
@ConsumerType
public interface UserfaultRegion extends AutoCloseable {

  /** How placing pages ended. */
  enum Resolution {
    /** All of them are there now; waiters run. */
    INSTALLED,
    /** At least one was there before and is unchanged, the others are there now; waiters run. */
    ALREADY_PRESENT,
    /** The kernel asks to try again with the same range: nothing was placed. */
    RETRY,
    /** There is no trap any more: the region is closed, or the memory or its process is gone. */
    GONE
  }

  /**
   * The memory.
   *
   * @return as it was handed to {@link UserfaultSession#add}
   */
  GuestMemory memory();

  /**
   * Makes pages absent, before {@link #trap()} or after. Runs are cheap, single pages are not.
   *
   * @param offset first byte
   * @param length bytes
   * @throws UserfaultException if the kernel refuses, or the memory belongs to another process
   */
  void discard(long offset, long length) throws UserfaultException;

  /**
   * From now on, whoever touches an absent page waits until it is placed. Java code must not touch
   * the memory from before this call until {@link #close()}.
   *
   * @throws UserfaultException if the kernel refuses; nothing is trapped then
   */
  void trap() throws UserfaultException;

  /**
   * Places pages, each in one step, and wakes who waits for them.
   *
   * @param offset first byte
   * @param from content: native memory with no absent pages
   * @param fromOffset first byte of the content
   * @param length bytes
   * @return how it ended
   * @throws UserfaultException if the kernel refuses for another reason
   */
  Resolution install(long offset, MemorySegment from, long fromOffset, long length)
      throws UserfaultException;

  /**
   * Places pages of zeros, each in one step, and wakes who waits for them.
   *
   * @param offset first byte
   * @param length bytes
   * @return how it ended
   * @throws UserfaultException if the kernel refuses for another reason
   */
  Resolution installZero(long offset, long length) throws UserfaultException;

  /**
   * Lets threads go on that wait for pages which count as received: a page of zeros that was never
   * made present, or one that was written in place before {@link #trap()}. What is present stays as
   * it is, what is not becomes zeros.
   *
   * @param offset first byte
   * @param length bytes
   * @return {@link Resolution#INSTALLED}, {@link Resolution#RETRY} or {@link Resolution#GONE}
   * @throws UserfaultException if the kernel refuses for another reason
   */
  Resolution settle(long offset, long length) throws UserfaultException;

  /**
   * Where code of this process waits for pages. The kernel's backend waits in native code and
   * cannot be interrupted; a caller with page states of its own has the better gate.
   *
   * @return the gate; empty if the memory belongs to another process
   */
  Optional<PageGate> gate();

  /**
   * Ends the trap and lets all waiters go. What is absent then reads as zero: close when everything
   * has arrived, or when the guest is given up. Never throws; a second call does nothing.
   */
  @Override
  void close();
}
