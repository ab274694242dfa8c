package org.godwit.api.userfault;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ConsumerType;

/** Memory under trap. Thread-safe. */
@ConsumerType
public interface UserfaultRegion extends AutoCloseable {

  /** How installing a page ended. */
  enum Resolution {
    /** The page is there now; waiters run. */
    INSTALLED,
    /** It was there before and is unchanged; waiters run. */
    ALREADY_PRESENT,
    /** The kernel asks to try again. */
    RETRY
  }

  /**
   * Places a page in one step.
   *
   * @param offset first byte, page aligned
   * @param from content, one page from {@code fromOffset} on
   * @param fromOffset first byte of the content
   * @return how it ended
   * @throws UserfaultException if the kernel refuses for another reason
   */
  Resolution install(long offset, MemorySegment from, long fromOffset) throws UserfaultException;

  /**
   * Places a page of zeros in one step.
   *
   * @param offset first byte, page aligned
   * @return how it ended
   * @throws UserfaultException if the kernel refuses for another reason
   */
  Resolution installZero(long offset) throws UserfaultException;

  /** Wakes all waiters and ends the trap; what is absent reads as zero then. Never throws. */
  @Override
  void close();
}
