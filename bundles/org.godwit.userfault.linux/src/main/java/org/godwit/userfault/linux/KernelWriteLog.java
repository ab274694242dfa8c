package org.godwit.userfault.linux;

import java.lang.foreign.MemorySegment;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.WriteLog;
import org.godwit.linux.LinuxException;
import org.godwit.linux.WriteTracker;

/** A log of writes by asynchronous write protection. One thread at a time. */
final class KernelWriteLog implements WriteLog {
  static final long PAGE = 4096;

  private final WriteTracker tracker;

  private KernelWriteLog(WriteTracker tracker) {
    this.tracker = tracker;
  }

  static WriteLog open(long address, long length) throws UserfaultException {
    try {
      return new KernelWriteLog(WriteTracker.open(address, length));
    } catch (LinuxException e) {
      throw new UserfaultException("Writes cannot be logged: " + e.getMessage(), e);
    }
  }

  @Override
  public void protect() throws UserfaultException {
    try {
      tracker.protect();
    } catch (LinuxException e) {
      throw new UserfaultException("The log of writes is lost: " + e.getMessage(), e);
    }
  }

  @Override
  public long fetch(MemorySegment bitmap) throws UserfaultException {
    try {
      return tracker.fetch(bitmap);
    } catch (LinuxException e) {
      throw new UserfaultException("The log of writes is lost: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    tracker.close();
  }
}
