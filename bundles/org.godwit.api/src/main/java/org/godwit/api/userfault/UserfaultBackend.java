package org.godwit.api.userfault;

import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.Support;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Traps accesses to pages that have not arrived; registered as a service by each {@code
 * userfault.*} bundle. Thread-safe.
 */
@ConsumerType
public interface UserfaultBackend {

  /**
   * Whether this host lets the backend work, found out by trying.
   *
   * @return available, or the reason (which permission is missing)
   */
  Support probe();

  /**
   * Whether the backend can trap this memory.
   *
   * @param memory guest RAM
   * @return available, or the reason
   */
  Support probe(GuestMemory memory);

  /**
   * Opens what the regions of one guest share: a descriptor and a fault thread.
   *
   * @param name of the guest, for names of threads and messages
   * @return the session; the caller closes it
   * @throws UserfaultException if the kernel refuses
   */
  UserfaultSession open(String name) throws UserfaultException;

  /**
   * Begins to log writes to memory by write protection. Where a session of this backend holds the
   * memory the log works beside the trap, counts pages that are placed as written, and goes on when
   * the session is closed; all pages count as written once then.
   *
   * @param memory guest RAM, as it was added to a session, or that no session holds
   * @return the log; the caller closes it
   * @throws UserfaultException if the kernel refuses; always, for a backend that has no such log
   */
  default WriteLog writeLog(GuestMemory memory) throws UserfaultException {
    throw new UserfaultException("this userfault backend keeps no log of writes");
  }
}
