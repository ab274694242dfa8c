package org.godwit.api.userfault;

import java.lang.foreign.MemorySegment;
import org.godwit.api.machine.Support;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Traps accesses to pages that have not arrived; registered as a service by each {@code
 * userfault.*} bundle. Thread-safe.
 */
@ConsumerType
public interface UserfaultBackend {

  /**
   * Whether this host lets the backend work.
   *
   * @return available, or the reason (which permission is missing)
   */
  Support probe();

  /**
   * Begins to trap missing pages of a range.
   *
   * @param memory mapped memory, page aligned; its content must be absent
   * @param pageSize bytes of a host page of that memory, a power of two
   * @param sink told of faults from the backend's own thread
   * @return the registration; the caller closes it
   * @throws UserfaultException if the kernel refuses
   */
  UserfaultRegion register(MemorySegment memory, long pageSize, FaultSink sink)
      throws UserfaultException;
}
