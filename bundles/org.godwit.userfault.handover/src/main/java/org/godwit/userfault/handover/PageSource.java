package org.godwit.userfault.handover;

import java.lang.foreign.MemorySegment;
import org.godwit.api.userfault.UserfaultException;

/** Where the content of pages comes from. Thread-safe. */
interface PageSource extends AutoCloseable {
  /** How much there is, in bytes. */
  long size();

  /**
   * First byte at or behind a position that may be anything but zero; the size if there is none.
   */
  long data(long position) throws UserfaultException;

  /** First byte at or behind a position from which on there are zeros that take no room. */
  long hole(long position) throws UserfaultException;

  /** Reads all of a range, or fails. */
  void read(MemorySegment into, long length, long position) throws UserfaultException;

  @Override
  void close();
}
