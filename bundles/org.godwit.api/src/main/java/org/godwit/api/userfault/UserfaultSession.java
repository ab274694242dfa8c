package org.godwit.api.userfault;

import org.godwit.api.machine.GuestMemory;
import org.osgi.annotation.versioning.ConsumerType;

/** The trapped memory of one guest: regions that share a fault thread. Thread-safe. */
@ConsumerType
public interface UserfaultSession extends AutoCloseable {

  /**
   * Prepares memory for pages that can be absent one by one (no huge pages behind small ones).
   * Nothing is trapped yet: pages may be written in place and dropped until {@link
   * UserfaultRegion#trap()}.
   *
   * @param memory which outlives the region; part of no other session
   * @param sink told of faults in this memory
   * @return the region; closed with the session, or before
   * @throws UserfaultException if this kind of memory cannot be trapped or the kernel refuses
   */
  UserfaultRegion add(GuestMemory memory, FaultSink sink) throws UserfaultException;

  /** Closes every region and ends the fault thread. Never throws; a second call does nothing. */
  @Override
  void close();
}
