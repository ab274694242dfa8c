package org.godwit.api.userfault;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Tells which pages were written, by write protection. Used by one thread at a time; writers are
 * not disturbed.
 */
@ConsumerType
public interface WriteLog extends AutoCloseable {
  /**
   * Forgets every write so far and begins to note them.
   *
   * @throws UserfaultException if the kernel refuses
   */
  void protect() throws UserfaultException;

  /**
   * Fetches what was written since the last fetch or {@link #protect()} and notes anew.
   *
   * @param bitmap 64-bit words, least significant bit first, one bit for 4096 bytes; bits are only
   *     set
   * @return how many bits were clear before and are set now
   * @throws UserfaultException if the kernel refuses; bits may have been set in part
   */
  long fetch(MemorySegment bitmap) throws UserfaultException;

  /** Ends the log; a second call does nothing. */
  @Override
  void close();
}
